#include "ref.h"

void clt_ref_bias_forward(double *y, const double *b, size_t rows, size_t batch)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < batch; i++) y[row * batch + i] += b[row];
}

void clt_ref_bias_backward(double *db, const double *g, size_t rows, size_t batch)
{
    for (size_t row = 0; row < rows; row++) {
        db[row] = 0;
        for (size_t i = 0; i < batch; i++) db[row] += g[row * batch + i];
    }
}
