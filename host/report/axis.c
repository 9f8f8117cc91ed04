#include "axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The smallest of 1, 2, 5 times a power of ten that is no less than `step`. */
static double round_up(double step)
{
    const double power = pow(10, floor(log10(step)));
    const double digit = step / power;
    const double slack = 1 + 1e-9; /* 0.1 / 0.1 may come out a little above 1 */
    return power * (digit <= slack ? 1 : digit <= 2 * slack ? 2 : digit <= 5 * slack ? 5 : 10);
}

/* "0.25", "5000", "2e-5": no more digits than the step needs. */
static void write_label(char label[24], double value, double step)
{
    const double size = fmax(fabs(value), step);
    if (size < 1e7 && step >= 1e-4) {
        const int decimals = step < 1 ? (int)-floor(log10(step) + 1e-9) : 0;
        snprintf(label, 24, "%.*f", decimals, value);
        char *comma = strchr(label, ','); /* the decimal point of the locale in force */
        if (comma) *comma = '.';
        return;
    }
    const int exponent = (int)floor(log10(size) + 1e-9);
    const int decimals = exponent - (int)floor(log10(step) + 1e-9);
    snprintf(label, 24, "%.*fe%d", decimals < 6 ? decimals : 6, value / pow(10, exponent),
             exponent);
    char *comma = strchr(label, ',');
    if (comma) *comma = '.';
}

static void add_tick(struct clt_axis *axis, double value, double step)
{
    if (axis->n_ticks == CLT_MAX_TICKS) return;
    struct clt_tick *tick = &axis->ticks[axis->n_ticks++];
    tick->value = value;
    write_label(tick->label, value, step);
}

static void fit_linear(struct clt_axis *axis, bool widen, size_t wanted)
{
    const double step = round_up((axis->high - axis->low) / (double)wanted);
    double first = ceil(axis->low / step - 1e-6), last = floor(axis->high / step + 1e-6);
    if (widen) {
        first = floor(axis->low / step + 1e-6);
        last = ceil(axis->high / step - 1e-6);
        axis->low = first * step;
        axis->high = last * step;
    }
    for (double k = first; k <= last && axis->n_ticks < CLT_MAX_TICKS; k++)
        add_tick(axis, k == 0 ? 0 : k * step, step); /* k may be -0 */
}

/* Candidates for the ticks of a logarithmic axis, rising: each `stride`-th power of ten, or 1, 2
 * and 5 times each where there are few. */
struct candidates {
    double first, stride; /* exponents */
    size_t per_power, count;
};

static double candidate(const struct candidates *from, size_t index)
{
    static const double digits[] = {1, 2, 5};
    const size_t place = index / from->per_power;
    const double power = from->first + from->stride * (double)place;
    return digits[index % from->per_power] * pow(10, power);
}

static struct candidates find_candidates(const struct clt_axis *axis, size_t wanted)
{
    const double first = floor(log10(axis->low) + 1e-9), last = ceil(log10(axis->high) - 1e-9);
    const double stride = fmax(1, ceil((last - first) / (double)wanted));
    const size_t per_power = last - first <= 3 ? 3 : 1;
    return (struct candidates){.first = first,
                               .stride = stride,
                               .per_power = per_power,
                               .count = per_power * ((size_t)((last - first) / stride) + 1)};
}

static void fit_logarithmic(struct clt_axis *axis, bool widen, size_t wanted)
{
    const struct candidates all = find_candidates(axis, wanted);
    const double least = axis->low * (1 + 1e-9), most = axis->high * (1 - 1e-9);
    for (size_t i = 0; i < all.count && widen; i++)
        if (candidate(&all, i) <= least) axis->low = candidate(&all, i);
    for (size_t i = all.count; i-- > 0 && widen;)
        if (candidate(&all, i) >= most) axis->high = candidate(&all, i);
    for (size_t i = 0; i < all.count; i++) {
        const double value = candidate(&all, i);
        const double power = pow(10, floor(log10(value) + 1e-9));
        if (value >= axis->low * (1 - 1e-9) && value <= axis->high * (1 + 1e-9))
            add_tick(axis, value, power);
    }
}

void clt_axis_fit(struct clt_axis *out, double low, double high, bool logarithmic, bool widen,
                  size_t wanted)
{
    *out = (struct clt_axis){.logarithmic = logarithmic && low > 0, .low = low, .high = high};
    const double least = fmax(fabs(low), fabs(high)) * 1e-9;
    if (high - low <= least) { /* one value: it stands in the middle, zero at an end */
        const double margin = low != 0 ? fabs(low) * (out->logarithmic ? 0.5 : 1) : 1;
        out->low = low - margin;
        out->high = high + margin;
    }
    if (out->logarithmic)
        fit_logarithmic(out, widen, wanted);
    else
        fit_linear(out, widen, wanted);
}

double clt_axis_place(const struct clt_axis *axis, double value)
{
    if (axis->logarithmic) return log(value / axis->low) / log(axis->high / axis->low);
    return (value - axis->low) / (axis->high - axis->low);
}
