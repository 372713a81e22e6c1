/* Takes 4 MB at its beginning, works on memory that it gives back, and keeps 100 kB a second. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

__attribute__((noinline)) char *table(void) {
    char *block = malloc(4 << 20);
    memset(block, 1, 4 << 20);
    return block;
}

__attribute__((noinline)) void work(void) {
    char *volatile block = malloc(3000);
    block[0] = 1;
    free(block);
}

__attribute__((noinline)) char *keep(void) {
    char *volatile block = malloc(1000);
    block[0] = 1;
    return block;
}

int main(void) {
    char *volatile held = table();
    double began = now();
    long kept = 0;
    for (;;) {
        while (kept < 100 * (now() - began)) {
            held = keep();
            kept++;
        }
        for (int i = 0; i < 100; i++) work();
        usleep(5000);
    }
}
