/* activation.cl - element-wise activations; y may be x, gx may be g.
 *   x, y   [n] in and out
 *   g, gx  [n] gradient with regard to y, and to x: computed from y, so that x need not be kept
 *   slope  of leaky_relu below zero; the others do not look at it
 * One work-item per element; the global size may be rounded up.
 * NaN stays NaN: comparisons, not fmax(), which would turn it into 0.
 * Host side: ops/activation.c. Reference: ref/activation.c. */
#include "common.clh"

#define FORWARD(name, value)                                                                       \
    __kernel void name##_forward(__global real *y, const ulong y_offset, __global const real *x,   \
                                 const ulong x_offset, const real slope, const ulong n)            \
    {                                                                                              \
        const size_t i = get_global_id(0);                                                         \
        if (i >= n) return;                                                                        \
        (void)slope;                                                                               \
        const real v = x[x_offset + i];                                                            \
        y[y_offset + i] = value;                                                                   \
    }

#define BACKWARD(name, derivative)                                                                 \
    __kernel void name##_backward(                                                                 \
        __global real *gx, const ulong gx_offset, __global const real *g, const ulong g_offset,    \
        __global const real *y, const ulong y_offset, const real slope, const ulong n)             \
    {                                                                                              \
        const size_t i = get_global_id(0);                                                         \
        if (i >= n) return;                                                                        \
        (void)slope;                                                                               \
        const real v = y[y_offset + i];                                                            \
        gx[gx_offset + i] = g[g_offset + i] * (derivative);                                        \
    }

FORWARD(relu, v < 0 ? 0 : v)
BACKWARD(relu, v > 0 ? 1 : 0)

FORWARD(leaky_relu, v < 0 ? slope * v : v)
BACKWARD(leaky_relu, v > 0 ? 1 : slope)

FORWARD(sigmoid, 1 / (1 + exp(-v)))
BACKWARD(sigmoid, v *(1 - v))

FORWARD(tanh, tanh(v))
BACKWARD(tanh, 1 - v * v)
