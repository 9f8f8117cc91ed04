#include <assert.h>
#include <math.h>

#include "ref.h"

static double value(enum clt_ref_activation kind, double slope, double x)
{
    switch (kind) {
    case CLT_REF_RELU: return x < 0 ? 0 : x;
    case CLT_REF_LEAKY_RELU: return x < 0 ? slope * x : x;
    case CLT_REF_SIGMOID: return 1 / (1 + exp(-x));
    case CLT_REF_TANH: return tanh(x);
    }
    assert(false);
    return NAN;
}

static double derivative(enum clt_ref_activation kind, double slope, double y)
{
    switch (kind) {
    case CLT_REF_RELU: return y > 0 ? 1 : 0;
    case CLT_REF_LEAKY_RELU: return y > 0 ? 1 : slope;
    case CLT_REF_SIGMOID: return y * (1 - y);
    case CLT_REF_TANH: return 1 - y * y;
    }
    assert(false);
    return NAN;
}

void clt_ref_activation_forward(double *y, enum clt_ref_activation kind, double slope,
                                const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = value(kind, slope, x[i]);
}

void clt_ref_activation_backward(double *gx, enum clt_ref_activation kind, double slope,
                                 const double *g, const double *y, size_t n)
{
    for (size_t i = 0; i < n; i++) gx[i] = g[i] * derivative(kind, slope, y[i]);
}
