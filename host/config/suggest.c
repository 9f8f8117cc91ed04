#include "suggest.h"

#include <string.h>

enum { LONGEST = 64 };

static size_t smallest(size_t a, size_t b, size_t c)
{
    const size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Insertions, deletions and replacements between two names (Levenshtein, 1966), row by row. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[LONGEST + 1];
    const size_t n = strlen(b);
    for (size_t j = 0; j <= n; j++) row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            const size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = smallest(row[j] + 1, row[j - 1] + 1, replaced);
        }
    }
    return row[n];
}

const char *clt_suggest_key(const struct clt_key *keys, const struct clt_choice *choice,
                            const char *name)
{
    const char *nearest = NULL;
    if (strlen(name) > LONGEST) return NULL;
    /* one error in three letters is still a likeness, and one error always is */
    size_t best = strlen(name) < 3 ? 2 : 1 + strlen(name) / 3;
    if (choice && edit_distance(choice->selector, name) < best) {
        best = edit_distance(choice->selector, name);
        nearest = choice->selector;
    }
    for (; keys->name; keys++) {
        const size_t distance = edit_distance(keys->name, name);
        if (distance >= best) continue;
        best = distance;
        nearest = keys->name;
    }
    return nearest;
}
