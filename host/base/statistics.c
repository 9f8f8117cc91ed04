#include "statistics.h"

#include <float.h>
#include <math.h>

/* Sums are of differences from the smallest value, so that equal values have no spread at all. */
struct clt_summary clt_summarize(const double *values, size_t n)
{
    struct clt_summary out = {.mean = NAN, .deviation = NAN, .low = NAN, .high = NAN};
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        out.low = fmin(out.low, values[i]); /* of NaN and a number, the number */
        out.high = fmax(out.high, values[i]);
        out.n += isnan(values[i]) ? 0 : 1;
    }
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) sum += values[i] - out.low;
    if (out.n > 0) out.mean = out.low + sum / (double)out.n;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) squares += (values[i] - out.mean) * (values[i] - out.mean);
    if (out.n > 1) out.deviation = sqrt(squares / (double)(out.n - 1));
    return out;
}

#define MOST_TERMS 100000 /* of the fraction: more than the square root of any degrees in use */

/* Lentz's method holds its quotients away from zero. */
static double away_from_zero(double value)
{
    return fabs(value) < DBL_MIN ? DBL_MIN : value;
}

/* The continued fraction of the incomplete beta function, DLMF 8.17.22, by Lentz's method as
 * modified by Thompson and Barnett. Converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double x, double a, double b)
{
    double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
    double fraction = d;
    for (size_t i = 1; i < MOST_TERMS; i++) {
        const double m = (double)i;
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away_from_zero(1 + even * d);
        c = away_from_zero(1 + even / c);
        fraction *= c * d;
        d = 1 / away_from_zero(1 + odd * d);
        c = away_from_zero(1 + odd / c);
        fraction *= c * d;
        if (fabs(c * d - 1) < DBL_EPSILON) break;
    }
    return fraction;
}

/* I_x(a, b), regularised; `rest` is 1 - x, which may be too small for 1 - x to tell. */
static double incomplete_beta(double x, double rest, double a, double b)
{
    if (x <= 0) return 0;
    if (rest <= 0) return 1;
    const double front = exp(a * log(x) + b * log(rest) + lgamma(a + b) - lgamma(a) - lgamma(b));
    if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(rest, b, a) / b;
}

/* P(T > t) for t >= 0. DLMF 8.17.2 with x = degrees / (degrees + t^2). */
static double upper_tail(double t, double degrees)
{
    const double sum = degrees + t * t;
    return incomplete_beta(degrees / sum, t * t / sum, degrees / 2, 0.5) / 2;
}

double clt_student_quantile(double probability, double degrees)
{
    if (!(probability > 0 && probability < 1 && degrees > 0)) return NAN;
    const double tail = fmin(probability, 1 - probability);
    double low = 0, high = 1;
    while (isfinite(high) && upper_tail(high, degrees) > tail) high *= 2;
    for (int i = 0; i < 100 && low < high; i++) {
        const double middle = low + (high - low) / 2;
        *(upper_tail(middle, degrees) > tail ? &low : &high) = middle;
    }
    if (probability == 0.5) return 0;
    return probability < 0.5 ? -high : high;
}

/* Welch's equation for the degrees of freedom; a, b: the squared standard errors. */
static double shared_degrees(double a, double b, size_t n_a, size_t n_b)
{
    const double sum = a + b;
    if (sum == 0) return (double)(n_a + n_b) - 2; /* no spread: the quotient is 0 / 0 */
    return sum * sum / (a * a / (double)(n_a - 1) + b * b / (double)(n_b - 1));
}

struct clt_difference clt_welch(const struct clt_summary *first, const struct clt_summary *second,
                                double level)
{
    struct clt_difference out = {
        .difference = second->mean - first->mean, .low = NAN, .high = NAN, .degrees = NAN};
    if (first->n < 2 || second->n < 2) return out;
    const double a = first->deviation * first->deviation / (double)first->n;
    const double b = second->deviation * second->deviation / (double)second->n;
    out.degrees = shared_degrees(a, b, first->n, second->n);
    const double half = clt_student_quantile((1 + level) / 2, out.degrees) * sqrt(a + b);
    out.low = out.difference - half;
    out.high = out.difference + half;
    return out;
}

bool clt_difference_is_significant(const struct clt_difference *difference)
{
    return difference->low > 0 || difference->high < 0;
}
