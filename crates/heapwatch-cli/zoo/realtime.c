/* A loop of 1 ms that maps, writes and unmaps a page beside BYTES of resident memory, at a real-time priority where
 * that is allowed: `realtime BYTES`. After "ready" it prints, for each of eight stretches of 8 s, how many calls
 * there were, how long one took on average and at worst, and how many took more than the period. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int count, char **words) {
    if (count != 2) return 2;
    size_t size = (size_t)atof(words[1]);
    memset(malloc(size), 1, size);
    struct sched_param priority = {20};
    if (sched_setscheduler(0, SCHED_FIFO, &priority) != 0) perror("no real time");
    puts("ready"), fflush(stdout);
    for (int stretch = 0; stretch < 8; stretch++) {
        double end = now() + 8, worst = 0, sum = 0;
        long calls = 0, late = 0;
        while (now() < end) {
            double start = now();
            volatile char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            page[0] = 1;
            munmap((void *)page, 4096);
            double took = now() - start;
            sum += took, calls++, late += took > 1e-3;
            if (took > worst) worst = took;
            nanosleep(&(struct timespec){0, 1000 * 1000}, NULL);
        }
        printf("%ld calls, mean %.1f us, worst %.2f ms, above 1 ms: %ld\n", calls, 1e6 * sum / (double)calls, 1e3 * worst, late);
        fflush(stdout);
    }
    return 0;
}
