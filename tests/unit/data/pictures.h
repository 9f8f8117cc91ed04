/* pictures.h - PNG and JPEG files, made without the code that reads them. */
#ifndef CLT_DATA_PICTURES_H
#define CLT_DATA_PICTURES_H

#include <stddef.h>
#include <stdint.h>

struct picture_file {
    uint8_t bytes[8192];
    size_t size;
};

/* PNG's colour types. */
enum png_kind { PNG_GREY = 0, PNG_COLOUR = 2, PNG_PALETTE = 3, PNG_GREY_ALPHA = 4 };

/* A sample of a picture that picture_png() makes: of pixel `i`, channel `c`. */
uint8_t picture_value(size_t i, size_t c);
/* `depth` bits a sample, 8 or 16 (low byte 0x80). A palette's entry is what its pixel would be. */
void picture_png(struct picture_file *out, enum png_kind kind, size_t depth, size_t width,
                 size_t height);
/* One colour: channel c is 60 + 50 * c everywhere. 1, 3 or 4 (CMYK) channels. */
void picture_jpeg(struct picture_file *out, size_t channels, size_t width, size_t height);

#endif
