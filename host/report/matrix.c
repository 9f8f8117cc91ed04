#include "matrix.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "axis.h"
#include "markup.h"

#define COLOURS     16 /* v0.. of figure.css */
#define FIRST_LIGHT 9  /* from this colour on text is black */
#define MAX_NAMED   30 /* classes; more are numbered */
#define NAME_CHARS  14
#define SCALE_WIDTH 64.0
#define MIN_CELL    24.0 /* that a number fits in */

struct grid {
    double left, top, cell;
    size_t n;
    const uint64_t *counts;
};

/* Shares differ by factors, an error of 1 % counts: the colour follows the square root. */
static size_t colour_of(double share)
{
    const double place = floor(sqrt(share) * COLOURS);
    return place < COLOURS ? (size_t)place : COLOURS - 1;
}

static double share_of(const struct grid *grid, size_t row, size_t column)
{
    uint64_t sum = 0;
    for (size_t c = 0; c < grid->n; c++) sum += grid->counts[row * grid->n + c];
    return sum ? (double)grid->counts[row * grid->n + column] / (double)sum : 0;
}

/* All cells of a colour are one path: a hundred classes have ten thousand cells. */
static void draw_cells(struct clt_text *out, const struct grid *grid, size_t colour)
{
    clt_text_add(out, "<path class=\"v%zu\" d=\"", colour);
    for (size_t i = 0; i < grid->n * grid->n; i++) {
        const size_t row = i / grid->n, column = i % grid->n;
        if (colour_of(share_of(grid, row, column)) != colour) continue;
        clt_text_add(out, "M");
        clt_svg_add_number(out, grid->left + grid->cell * (double)column);
        clt_text_add(out, " ");
        clt_svg_add_number(out, grid->top + grid->cell * (double)row);
        clt_text_add(out, "h");
        clt_svg_add_number(out, grid->cell);
        clt_text_add(out, "v");
        clt_svg_add_number(out, grid->cell);
        clt_text_add(out, "h");
        clt_svg_add_number(out, -grid->cell);
        clt_text_add(out, "z");
    }
    clt_text_add(out, "\"/>\n");
}

static void draw_counts(struct clt_text *out, const struct grid *grid)
{
    for (size_t i = 0; i < grid->n * grid->n; i++) {
        const size_t row = i / grid->n, column = i % grid->n;
        const bool light = colour_of(share_of(grid, row, column)) >= FIRST_LIGHT;
        char text[24];
        if (grid->counts[i] == 0) continue;
        snprintf(text, sizeof text, "%" PRIu64, grid->counts[i]);
        clt_svg_add_text(out, light ? "small middle on-light" : "small middle on-dark",
                         grid->left + grid->cell * ((double)column + 0.5),
                         grid->top + grid->cell * ((double)row + 0.5) + 3.5, text);
    }
}

static void draw_names(struct clt_text *out, const struct grid *grid, const char *const *names,
                       bool upright)
{
    const double bottom = grid->top + grid->cell * (double)grid->n;
    for (size_t i = 0; i < grid->n; i++) {
        const double middle = grid->cell * ((double)i + 0.5);
        char name[4 * NAME_CHARS + 4];
        clt_markup_shorten(name, sizeof name, names[i], NAME_CHARS);
        clt_svg_add_text(out, "small end", grid->left - 5, grid->top + middle + 3.5, name);
        if (upright)
            clt_svg_add_text(out, "small middle", grid->left + middle, bottom + 13, name);
        else
            clt_svg_add_turned_text(out, "small end", grid->left + middle + 4, bottom + 11, -45,
                                    name);
    }
}

static void draw_numbers(struct clt_text *out, const struct grid *grid)
{
    const double bottom = grid->top + grid->cell * (double)grid->n;
    struct clt_axis axis;
    clt_axis_fit(&axis, 0, (double)(grid->n - 1), false, false, 6);
    for (size_t i = 0; i < axis.n_ticks; i++) {
        const double middle = grid->cell * (axis.ticks[i].value + 0.5);
        const char *label = axis.ticks[i].label;
        clt_svg_add_text(out, "small end", grid->left - 5, grid->top + middle + 3.5, label);
        clt_svg_add_text(out, "small middle", grid->left + middle, bottom + 13, label);
    }
}

static void draw_scale(struct clt_text *out, const struct grid *grid)
{
    static const double ticks[] = {0, 0.01, 0.05, 0.1, 0.25, 0.5, 1};
    const double height = grid->cell * (double)grid->n, x = CLT_FIGURE_WIDTH - SCALE_WIDTH + 16;
    const double step = height / COLOURS;
    for (size_t i = 0; i < COLOURS; i++) {
        char class[8];
        snprintf(class, sizeof class, "v%zu", i);
        clt_svg_add_rectangle(out, class, x, grid->top + height - step * (double)(i + 1), 12,
                              step + 0.3);
    }
    for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++) {
        char label[16];
        snprintf(label, sizeof label, "%.0f%%", 100 * ticks[i]);
        clt_svg_add_text(out, "small", x + 15, grid->top + height * (1 - sqrt(ticks[i])) + 3.5,
                         label);
    }
}

void clt_matrix_draw(struct clt_figure *out, const uint64_t *counts, const char *const *names,
                     size_t n)
{
    const bool named = n <= MAX_NAMED;
    double room = 18; /* for the names */
    for (size_t i = 0; i < n && named; i++) room = fmax(room, clt_svg_text_width(names[i]));
    room = fmin(room, NAME_CHARS * 6.2) * 0.92;
    struct grid grid = {.left = room + 24, .top = 8, .n = n, .counts = counts};
    grid.cell = (CLT_FIGURE_WIDTH - SCALE_WIDTH - grid.left) / (double)n;
    const bool upright = !named || room < grid.cell;
    const double side = grid.cell * (double)n, drop = upright ? 20 : room * 0.71 + 18;
    out->width = CLT_FIGURE_WIDTH;
    out->height = grid.top + side + drop + 18;
    for (size_t colour = 0; colour < COLOURS; colour++) draw_cells(&out->body, &grid, colour);
    if (grid.cell >= MIN_CELL) draw_counts(&out->body, &grid);
    if (named)
        draw_names(&out->body, &grid, names, upright);
    else
        draw_numbers(&out->body, &grid);
    draw_scale(&out->body, &grid);
    clt_svg_add_turned_text(&out->body, "title middle", 12, grid.top + side / 2, -90, "true class");
    clt_svg_add_text(&out->body, "title middle", grid.left + side / 2, out->height - 6,
                     "predicted class");
}

/* ---- bars ---- */

#define BAR_PITCH      24.0
#define BAR_NAME_CHARS 22  /* a kernel's name has more than a class's */
#define WIDEST_FONT    1.1 /* of the fonts that a page may get, against the usual one */

static void draw_bar_axis(struct clt_text *out, double left, double width, double bottom,
                          const char *title)
{
    struct clt_axis axis;
    clt_axis_fit(&axis, 0, 100, false, false, 5);
    for (size_t i = 0; i < axis.n_ticks; i++) {
        const double x = left + width * clt_axis_place(&axis, axis.ticks[i].value);
        clt_svg_add_segment(out, "grid", x, 4, x, bottom);
        clt_svg_add_text(out, "tick middle", x, bottom + 15, axis.ticks[i].label);
    }
    clt_svg_add_segment(out, "axis", left, 4, left, bottom);
    clt_svg_add_text(out, "title middle", left + width / 2, bottom + 33, title);
}

void clt_bars_draw(struct clt_figure *out, const struct clt_bar *bars, size_t n,
                   const char *x_title)
{
    double room = 20;
    for (size_t i = 0; i < n; i++) room = fmax(room, clt_svg_text_width(bars[i].name));
    room = fmin(room, BAR_NAME_CHARS * 6.2) * WIDEST_FONT + 10;
    const double width = CLT_FIGURE_WIDTH - room - 52, bottom = 8 + BAR_PITCH * (double)n;
    out->width = CLT_FIGURE_WIDTH;
    out->height = bottom + 42;
    draw_bar_axis(&out->body, room, width, bottom, x_title);
    for (size_t i = 0; i < n; i++) {
        const double y = 8 + BAR_PITCH * (double)i;
        char name[4 * BAR_NAME_CHARS + 4], text[16];
        clt_markup_shorten(name, sizeof name, bars[i].name, BAR_NAME_CHARS);
        snprintf(text, sizeof text, "%.1f %%", 100 * bars[i].share);
        clt_svg_add_text(&out->body, "end", room - 6, y + 13, name);
        clt_svg_add_rectangle(&out->body, "bar c0", room, y, width * bars[i].share, 17);
        clt_svg_add_text(&out->body, "", room + width * bars[i].share + 5, y + 13, text);
    }
}
