/* Programs in C whose truth is known: `zoo NAME SECONDS`. Each paces itself by the clock and ends with code 0,
 * what it keeps still being there, as with a service that is stopped. The line that leaks is marked. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double began, seconds;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec - began;
}

/* Sleeps a hundredth of a second, and ends the program when its time is over. */
static void pace(void) {
    struct timespec t = {0, 10 * 1000 * 1000};
    nanosleep(&t, NULL);
    if (now() > seconds) exit(0);
}

static void *filled(void *block, size_t size) {
    memset(block, 1, size);
    return block;
}

struct node {
    struct node *next;
    char body[992];
};
static struct node *head;
void *at_once; /* what was taken in one piece */

static void grow(double rate) {
    for (double kept = 0;; pace())
        while (kept < rate * now()) {
            struct node *one = malloc(sizeof *one); /* leaks: list more slow daemon child after_start */
            filled(one, sizeof *one);
            one->next = head, head = one, kept += sizeof *one;
        }
}

static void list(void) { grow(50e3); }
static void more(void) { grow(51.5e3); } /* three per cent more than the list */
static void slow(void) { grow(4e3); }

static void lost(void) {
    for (double kept = 0;; pace())
        while (kept < 50e3 * now()) {
            filled(malloc(1000), 1000); /* leaks: lost */
            kept += 1000;
        }
}

static void daemonized(void) {
    if (fork() == 0) {
        setsid();
        if (fork() == 0) grow(50e3);
        _exit(0);
    }
    for (;;) pace();
}

static void child(void) {
    if (fork() == 0) grow(50e3);
    for (;;) pace();
}

static void *worker(void *unused) {
    for (double kept = 0;; pace())
        while (kept < 50e3 * now()) {
            struct node *one = malloc(sizeof *one); /* leaks: thread */
            filled(one, sizeof *one);
            one->next = head, head = one, kept += sizeof *one;
        }
    return unused;
}

static void thread(void) {
    pthread_t one;
    pthread_create(&one, NULL, worker, NULL);
    for (;;) pace();
}

static void after_start(void) {
    at_once = filled(malloc(20u << 20), 20u << 20);
    grow(50e3);
}

static void array(void) {
    size_t length = 0, room = 0;
    double *values = NULL;
    for (;; pace())
        while ((double)length * sizeof *values < 50e3 * now()) {
            if (length == room) values = realloc(values, (room += 4096) * sizeof *values); /* leaks: array */
            values[length++] = now();
        }
}

static void mapped(void) {
    for (double kept = 0;; pace())
        while (kept < 200e3 * now()) {
            filled(mmap(NULL, 40960, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 40960); /* leaks: mapped */
            kept += 40960;
        }
}

static void files_in_memory(void) {
    static char page[40960];
    for (double kept = 0;; pace())
        while (kept < 200e3 * now()) {
            int file = memfd_create("kept", 0); /* leaks: memfd */
            if (write(file, filled(page, sizeof page), sizeof page) < 0) exit(1);
            kept += sizeof page;
        }
}

static void pipes(void) {
    static char page[32768];
    for (double kept = 0;; pace())
        while (kept < 300e3 * now()) {
            int ends[2];
            if (pipe(ends) != 0) exit(1); /* leaks: pipes */
            if (write(ends[1], filled(page, sizeof page), sizeof page) < 0) exit(1);
            kept += sizeof page;
        }
}

/* A saw-tooth of `height` every second, beside what is kept. */
static void teeth(double height, double rate) {
    for (double kept = 0;;) {
        char *tooth = malloc((size_t)height);
        double start = now();
        size_t written = 0;
        while (now() < start + 1) {
            size_t to = (size_t)(height * (now() - start));
            for (; written < to && written < (size_t)height; written += 4096) tooth[written] = 1;
            while (kept < rate * now()) {
                struct node *one = malloc(sizeof *one); /* leaks: saw_leak */
                filled(one, sizeof *one);
                one->next = head, head = one, kept += sizeof *one;
            }
            pace();
        }
        free(tooth);
    }
}

static void saw(void) { teeth(4e6, 0); }
static void saw_leak(void) { teeth(2e6, 400e3); }

static void start(void) {
    at_once = filled(malloc(24u << 20), 24u << 20);
    for (;;) pace();
}

static void ring(void) {
    size_t size = 4u << 20, at = 0;
    char *all = malloc(size);
    for (;; pace())
        for (; (double)at < 1.4e6 * now(); at += 4096) filled(all + at % size, 4096);
}

static void lazily(void) {
    size_t size = 64u << 20, chunk = 102400, count = 0;
    char *all = mmap(NULL, size, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (;; pace())
        for (; (double)count < 10 * now(); count++) {
            char *one = all + count % (size / chunk) * chunk;
            madvise(filled(one, chunk), chunk, MADV_FREE);
        }
}

static void warming(void) {
    /* 30 MB as 1 - exp(-t/10 s), without the library of mathematics: by small steps. */
    double level = 0, before = 0;
    for (double kept = 0;; pace()) {
        double t = now();
        level += (30e6 - level) * (t - before) / 10, before = t;
        while (kept < level) {
            struct node *one = filled(malloc(sizeof *one), sizeof *one);
            one->next = head, head = one, kept += sizeof *one;
        }
    }
}

static void fragments(void) {
    static void *slots[4096];
    for (unsigned k = 0;; pace())
        for (int i = 0; i < 40; i++) {
            k = k * 1664525u + 1013904223u;
            unsigned slot = k >> 20, size = 16 + (k >> 7) % 2000;
            free(slots[slot]);
            slots[slot] = filled(malloc(size), size);
        }
}

static void *brief(void *size) { return free(filled(malloc((size_t)size), (size_t)size)), NULL; }

static void threads(void) {
    for (;; pace()) {
        pthread_t some[3];
        for (int i = 0; i < 3; i++) pthread_create(&some[i], NULL, brief, (void *)100000);
        for (int i = 0; i < 3; i++) pthread_join(some[i], NULL);
    }
}

static void cache(void) {
    static void *entries[512];
    for (unsigned k = 0;; pace())
        for (int i = 0; i < 20; i++) {
            k = k * 1664525u + 1013904223u;
            free(entries[k >> 23]);
            entries[k >> 23] = filled(malloc(4096), 4096);
        }
}

static void bursts(void) {
    for (;;) {
        double until = now() + 1.5;
        void *burst = filled(malloc(8u << 20), 8u << 20);
        while (now() < until) pace();
        free(burst);
        while (now() < until + 1) pace();
    }
}

static void page_cache(void) {
    static char page[65536];
    FILE *file = tmpfile();
    for (;; pace()) {
        if (ftell(file) > 64 << 20) rewind(file);
        fwrite(filled(page, sizeof page), sizeof page, 1, file);
    }
}

static void children(void) {
    for (;; pace()) {
        pid_t one = fork();
        if (one == 0) {
            free(filled(malloc(200000), 200000));
            _exit(0);
        }
        waitpid(one, NULL, 0);
    }
}

/* Numbers that look like random ones, ever the same. */
static unsigned drawn(void) {
    static unsigned state = 1;
    return (state = state * 1664525u + 1013904223u) >> 8;
}

static void doubling(void) {
    size_t length = 0, room = 64;
    double *values = malloc(room * sizeof *values);
    for (;; pace())
        while ((double)length * sizeof *values < 50e3 * now()) {
            if (length == room) values = realloc(values, (room *= 2) * sizeof *values); /* leaks: doubling */
            values[length++] = now();
        }
}

static void blocks(void) {
    /* 20 to 60 kB with a probability of a tenth, a hundred times a second. */
    for (long step = 0;; pace())
        for (; step < (long)(100 * now()); step++)
            if (drawn() % 10 == 0) {
                size_t size = 20000 + drawn() % 40000;
                struct node *one = malloc(size); /* leaks: blocks */
                filled(one, size);
                one->next = head, head = one;
            }
}

static void descriptors(void) {
    for (long step = 0;; pace())
        for (; step < (long)(30 * now()); step++)
            if (open("/dev/null", O_RDONLY) < 0) exit(1); /* leaks: descriptors */
}

static void *nothing(void *unused) { return unused; }

static void unjoined(void) {
    for (long step = 0;; pace())
        for (; step < (long)(10 * now()); step++) {
            pthread_t one;
            if (pthread_create(&one, NULL, nothing, NULL) != 0) exit(1); /* leaks: unjoined */
        }
}

static void environment(void) {
    static char text[1000];
    for (long step = 0;; pace())
        for (; step < (long)(50 * now()); step++) {
            memset(text, 'a', sizeof text - 1);
            text[snprintf(text, 24, "%ld", step)] = 'a';
            setenv("ZOO_STATE", text, 1); /* leaks: environment */
        }
}

static void tables(void) {
    /* A dozen, from 0.5 to 3 MB, ever rarer. */
    for (int made = 0;; pace())
        for (; made < 12 && now() > 0.05 * (made + 1) * (made + 6); made++) {
            size_t size = 500000 + drawn() % 2500000;
            struct node *one = filled(malloc(size), size);
            one->next = head, head = one;
        }
}

static void idle(void) {
    for (;;) pace();
}

static const struct {
    const char *name;
    void (*run)(void);
} zoo[] = {
    {"list", list}, {"more", more}, {"slow", slow}, {"lost", lost}, {"daemon", daemonized}, {"child", child}, {"thread", thread},
    {"after_start", after_start}, {"array", array}, {"mapped", mapped}, {"memfd", files_in_memory},
    {"pipes", pipes}, {"saw_leak", saw_leak}, {"saw", saw}, {"start", start}, {"ring", ring}, {"lazily", lazily},
    {"warming", warming}, {"fragments", fragments}, {"threads", threads}, {"cache", cache}, {"bursts", bursts},
    {"doubling", doubling}, {"blocks", blocks}, {"descriptors", descriptors}, {"unjoined", unjoined},
    {"environment", environment}, {"tables", tables}, {"page_cache", page_cache}, {"children", children}, {"idle", idle},
};

int main(int count, char **words) {
    if (count == 3) {
        began = 0, began = now(), seconds = atof(words[2]);
        for (size_t i = 0; i < sizeof zoo / sizeof *zoo; i++)
            if (strcmp(zoo[i].name, words[1]) == 0) zoo[i].run();
    }
    fprintf(stderr, "usage: zoo NAME SECONDS\n");
    return 2;
}
