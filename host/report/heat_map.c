#include "heat_map.h"

#include <math.h>
#include <stdio.h>

#include "axis.h"
#include "markup.h"

#define COLOURS     16 /* v0.. of figure.css */
#define FIRST_LIGHT 9  /* from this colour on text is black */
#define NAME_CHARS  12
#define SCALE_WIDTH 76.0
#define MAX_CELL    30.0 /* in height */
#define LINE        12.0 /* what a line of a number takes */
#define NAME_PITCH  13.0 /* of names one below the other */

struct grid {
    double left, top, width, height; /* of a cell: width, height */
    double lowest, highest;          /* of all cells */
    const struct clt_heat_map *map;
};

static size_t colour_of(const struct grid *grid, double value)
{
    const double span = grid->highest - grid->lowest;
    const double place = span > 0 ? (value - grid->lowest) / span * COLOURS : COLOURS - 1;
    return place < COLOURS ? (size_t)fmax(0, place) : COLOURS - 1;
}

static void draw_cross(struct clt_text *out, double x, double y)
{
    clt_svg_add_segment(out, "axis", x - 4, y - 4, x + 4, y + 4);
    clt_svg_add_segment(out, "axis", x - 4, y + 4, x + 4, y - 4);
}

static void draw_cell(struct clt_text *out, const struct grid *grid, double left, double top,
                      double value)
{
    const size_t colour = colour_of(grid, value);
    const double x = left + grid->width / 2, y = top + grid->height / 2;
    char text[24];
    if (isnan(value)) {
        draw_cross(out, x, y);
        return;
    }
    snprintf(text, sizeof text, "v%zu", colour);
    clt_svg_add_rectangle(out, text, left, top, grid->width, grid->height);
    snprintf(text, sizeof text, "%.1f", value);
    const char *class = colour >= FIRST_LIGHT ? "small middle on-light" : "small middle on-dark";
    const double length = clt_svg_text_width(text) * 0.92 + 2;
    if (length <= grid->width && grid->height >= LINE)
        clt_svg_add_text(out, class, x, y + 3.5, text);
    else if (length <= grid->height && grid->width >= LINE)
        clt_svg_add_turned_text(out, class, x + 3.5, y, -90, text);
}

static void draw_cells(struct clt_text *out, const struct grid *grid)
{
    const struct clt_heat_map *map = grid->map;
    double frame_left = 0, frame_top = 0;
    bool framed = false;
    for (size_t row = 0; row < map->rows.n; row++)
        for (size_t column = 0; column < map->columns.n; column++) {
            const double value = map->cells[row * map->columns.n + column];
            const double left = grid->left + grid->width * (double)column;
            const double top = grid->top + grid->height * (double)(map->rows.n - 1 - row);
            draw_cell(out, grid, left, top, value);
            if (value != grid->highest || framed) continue;
            framed = true;
            frame_left = left;
            frame_top = top;
        }
    if (framed)
        clt_svg_add_rectangle(out, "best", frame_left, frame_top, grid->width, grid->height);
}

/* Of very many names, some. */
static void draw_names(struct clt_text *out, const struct grid *grid, bool upright)
{
    const struct clt_heat_axis *rows = &grid->map->rows, *columns = &grid->map->columns;
    const double bottom = grid->top + grid->height * (double)rows->n;
    const size_t down = (size_t)ceil(NAME_PITCH / grid->height);
    const size_t across = upright ? 1 : (size_t)ceil(NAME_PITCH / grid->width);
    char name[4 * NAME_CHARS + 4];
    for (size_t row = 0; row < rows->n; row += down) {
        clt_markup_shorten(name, sizeof name, rows->names[row], NAME_CHARS);
        clt_svg_add_text(out, "small end", grid->left - 5,
                         bottom - grid->height * ((double)row + 0.5) + 3.5, name);
    }
    for (size_t column = 0; column < columns->n; column += across) {
        const double x = grid->left + grid->width * ((double)column + 0.5);
        clt_markup_shorten(name, sizeof name, columns->names[column], NAME_CHARS);
        if (upright)
            clt_svg_add_text(out, "small middle", x, bottom + 14, name);
        else
            clt_svg_add_turned_text(out, "small end", x + 4, bottom + 11, -45, name);
    }
}

static void draw_scale(struct clt_text *out, const struct grid *grid)
{
    const double height = grid->height * (double)grid->map->rows.n;
    const double x = CLT_FIGURE_WIDTH - SCALE_WIDTH + 14, step = height / COLOURS;
    struct clt_axis axis;
    for (size_t i = 0; i < COLOURS; i++) {
        char class[8];
        snprintf(class, sizeof class, "v%zu", i);
        clt_svg_add_rectangle(out, class, x, grid->top + height - step * (double)(i + 1), 12,
                              step + 0.3);
    }
    clt_svg_add_turned_text(out, "title middle", CLT_FIGURE_WIDTH - 6, grid->top + height / 2, -90,
                            grid->map->title);
    if (!(grid->highest > grid->lowest)) return;
    clt_axis_fit(&axis, grid->lowest, grid->highest, false, false, height < 100 ? 3 : 5);
    for (size_t i = 0; i < axis.n_ticks; i++)
        clt_svg_add_text(out, "small", x + 15,
                         grid->top + height * (1 - clt_axis_place(&axis, axis.ticks[i].value)) +
                             3.5,
                         axis.ticks[i].label);
}

static double room_for(const struct clt_heat_axis *axis)
{
    double room = 18;
    for (size_t i = 0; i < axis->n; i++) room = fmax(room, clt_svg_text_width(axis->names[i]));
    return fmin(room, NAME_CHARS * 6.2) * 0.92;
}

static void find_extremes(struct grid *grid)
{
    grid->lowest = INFINITY;
    grid->highest = -INFINITY;
    for (size_t i = 0; i < grid->map->rows.n * grid->map->columns.n; i++) {
        if (isnan(grid->map->cells[i])) continue;
        grid->lowest = fmin(grid->lowest, grid->map->cells[i]);
        grid->highest = fmax(grid->highest, grid->map->cells[i]);
    }
}

void clt_heat_map_draw(struct clt_figure *out, const struct clt_heat_map *map)
{
    const double names = room_for(&map->columns);
    struct grid grid = {.left = room_for(&map->rows) + 26, .top = 8, .map = map};
    grid.width = (CLT_FIGURE_WIDTH - SCALE_WIDTH - grid.left) / (double)map->columns.n;
    /* As high as a chart's plot, and for few rows no higher than is easy to read. */
    grid.height = fmin(MAX_CELL, 240 / (double)map->rows.n);
    if ((double)map->rows.n * grid.height < 140) grid.height = 140 / (double)map->rows.n;
    find_extremes(&grid);
    const bool upright = names + 4 < grid.width;
    const double bottom = grid.top + grid.height * (double)map->rows.n;
    out->width = CLT_FIGURE_WIDTH;
    out->height = bottom + (upright ? 20 : names * 0.71 + 18) + 18;
    draw_cells(&out->body, &grid);
    draw_names(&out->body, &grid, upright);
    draw_scale(&out->body, &grid);
    clt_svg_add_turned_text(&out->body, "title middle", 12, (grid.top + bottom) / 2, -90,
                            map->rows.title);
    clt_svg_add_text(&out->body, "title middle",
                     grid.left + grid.width * (double)map->columns.n / 2, out->height - 6,
                     map->columns.title);
}
