/* statistics.h - what a few repetitions tell: mean, spread, and how far two means are apart. */
#ifndef CLT_STATISTICS_H
#define CLT_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

struct clt_summary {
    size_t n;         /* values that are numbers; the others are left out */
    double mean;      /* NaN where n = 0, and so are the extremes */
    double deviation; /* of the sample, divided by n - 1; NaN where n < 2 */
    double low, high; /* the smallest and the largest value */
};

struct clt_summary clt_summarize(const double *values, size_t n);

/* t with P(T <= t) = `probability` for Student's distribution of `degrees` > 0 degrees of freedom,
 * which need not be whole. 0 < probability < 1; NaN for arguments outside. */
double clt_student_quantile(double probability, double degrees);

struct clt_difference {
    double difference; /* mean of the second less mean of the first */
    double low, high;  /* the interval of confidence about it */
    double degrees;    /* of freedom */
};

/* Welch's interval of the difference of two means whose variances may differ, with Welch's and
 * Satterthwaite's degrees of freedom (B. L. Welch, Biometrika 34, 1947). `level`: 0.95 for
 * instance. All but the difference is NaN where a summary has n < 2. Two samples without any spread
 * give an interval without width. */
struct clt_difference clt_welch(const struct clt_summary *first, const struct clt_summary *second,
                                double level);
/* Whether the interval leaves out zero. False where there is no interval. */
bool clt_difference_is_significant(const struct clt_difference *difference);

#endif
