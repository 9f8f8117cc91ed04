/* picture.h - images of a data set, and weights that look like them, as PNG inside a page. */
#ifndef CLT_PICTURE_H
#define CLT_PICTURE_H

#include <stdint.h>

#include "figure.h"
#include "network.h"

/* Appends "data:image/png;base64,..." of `planes` [channels][height][width]: three channels are
 * red, green and blue, else the first is grey. What is larger than a thumbnail is shrunk.
 * CLT_E_NOMEM. */
enum clt_status clt_picture_add_uri(struct clt_text *out, const uint8_t *planes,
                                    struct clt_shape shape);

struct clt_tile {
    const uint8_t *planes; /* borrowed */
    char lines[3][40];     /* below it; "" for none */
};

/* Pictures side by side, `columns` in a row, each with `n_lines` of text. Fills width, height and
 * body. */
enum clt_status clt_tiles_draw(struct clt_figure *out, const struct clt_tile *tiles, size_t n_tiles,
                               struct clt_shape shape, size_t columns, size_t n_lines);

#endif
