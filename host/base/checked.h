/* checked.h - sizes that cannot wrap. */
#ifndef CLT_CHECKED_H
#define CLT_CHECKED_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

/* *out = a * b (a + b); false, *out untouched, where that does not fit. */
static inline bool clt_multiply(size_t *out, size_t a, size_t b)
{
    size_t product;
    if (__builtin_mul_overflow(a, b, &product)) return false;
    *out = product;
    return true;
}

static inline bool clt_add(size_t *out, size_t a, size_t b)
{
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum)) return false;
    *out = sum;
    return true;
}

/* n / by, rounded up. */
static inline size_t clt_divide_up(size_t n, size_t by)
{
    assert(by > 0);
    return (n + by - 1) / by;
}

static inline size_t clt_round_up(size_t n, size_t multiple)
{
    return clt_divide_up(n, multiple) * multiple;
}

static inline size_t clt_smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

#endif
