/* Builds a table of words again and again: an entry and a copy of each word, all given back at the end of a turn.
   heavy TURNS WORDS: prints how many blocks it asked for, and the processor time that it took. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct entry {
    struct entry *next;
    char *word;
    long count;
};

#define BUCKETS 4096
static struct entry *buckets[BUCKETS];
static long allocated;

static unsigned long hash(const char *word) {
    unsigned long sum = 5381;
    while (*word) sum = sum * 33 + (unsigned char)*word++;
    return sum;
}

__attribute__((noinline)) static void add(const char *word) {
    struct entry **place = &buckets[hash(word) % BUCKETS];
    for (struct entry *one = *place; one; one = one->next)
        if (!strcmp(one->word, word)) {
            one->count++;
            return;
        }
    struct entry *one = malloc(sizeof *one);
    one->word = malloc(strlen(word) + 1);
    strcpy(one->word, word);
    one->count = 1;
    one->next = *place;
    *place = one;
    allocated += 2;
}

static void empty(void) {
    for (int i = 0; i < BUCKETS; i++)
        for (struct entry *one = buckets[i], *next; one; one = next) {
            next = one->next;
            free(one->word);
            free(one);
            buckets[i] = NULL;
        }
}

int main(int count, char **words) {
    long turns = count > 1 ? atol(words[1]) : 1000, many = count > 2 ? atol(words[2]) : 5000;
    for (long turn = 0; turn < turns; turn++) {
        unsigned long random = 88172645463325252 + turn;
        for (long i = 0; i < many; i++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            char word[32];
            int length = 3 + (random >> 40) % 20;
            for (int at = 0; at < length; at++) word[at] = 'a' + (random >> (at % 11 * 5)) % 26;
            word[length] = 0;
            add(word);
        }
        empty();
    }
    printf("%ld blocks, %.4f s\n", allocated, (double)clock() / CLOCKS_PER_SEC);
}
