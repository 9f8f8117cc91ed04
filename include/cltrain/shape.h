/* shape.h - what one sample is. */
#ifndef CLTRAIN_SHAPE_H
#define CLTRAIN_SHAPE_H

#include <stddef.h>

struct clt_shape { /* [channels][height][width] */
    size_t channels, height, width;
};

#endif
