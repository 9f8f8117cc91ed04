#include "chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "axis.h"
#include "markup.h"

/* Margins around the plot: places for tick labels and titles. */
#define TITLE       24.0 /* left of the tick labels */
#define RIGHT       14.0
#define TOP_SINGLE  12.0
#define TOP_DOUBLE  40.0 /* with a second axis */
#define BOTTOM      44.0
#define PLOT_HEIGHT 210.0

#define NAME_CHARS 14   /* of a name on the x axis */
#define NAME_PITCH 14.0 /* of turned names */
#define DOT        4.0  /* radius */

#define LEGEND_ROW    18.0
#define LEGEND_SWATCH 26.0
#define LEGEND_GAP    16.0
#define LEGEND_CHARS  50 /* that fit beside an axis */

struct frame {
    double left, top, right, bottom;
    double names; /* the height that turned names take beyond that of a line; 0: none are turned */
    struct clt_axis x, y;
};

static bool is_shown(const struct clt_chart *chart, struct clt_point point)
{
    return isfinite(point.x) && isfinite(point.y) && (!chart->logarithmic_x || point.x > 0) &&
           (!chart->logarithmic_y || point.y > 0);
}

static void include(struct clt_interval *range, double value)
{
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
}

static double spread_at(const struct clt_series *series, size_t point)
{
    return series->spread && isfinite(series->spread[point]) ? series->spread[point] : 0;
}

/* A spread that a logarithmic axis cannot show ends where the axis does. */
static void include_point(struct clt_interval *x, struct clt_interval *y,
                          const struct clt_chart *chart, const struct clt_series *series, size_t i)
{
    const struct clt_point point = series->points[i];
    const double spread = spread_at(series, i);
    if (isfinite(point.x) && (!chart->logarithmic_x || point.x > 0)) include(x, point.x);
    if (!is_shown(chart, point)) return;
    include(y, point.y + spread);
    include(y, chart->logarithmic_y && point.y <= spread ? point.y : point.y - spread);
    if (series->mark != CLT_MARK_BAR) return;
    include(x, point.x + series->width);
    include(y, 0);
}

bool clt_chart_ranges(struct clt_interval *x, struct clt_interval *y, const struct clt_chart *chart)
{
    *x = *y = (struct clt_interval){INFINITY, -INFINITY};
    for (size_t s = 0; s < chart->n_series; s++)
        for (size_t i = 0; i < chart->series[s].n_points; i++)
            include_point(x, y, chart, &chart->series[s], i);
    return x->low <= x->high && y->low <= y->high;
}

static double widest_label(const struct clt_axis *axis)
{
    double widest = 0;
    for (size_t i = 0; i < axis->n_ticks; i++)
        widest = fmax(widest, clt_svg_text_width(axis->ticks[i].label));
    return widest;
}

static double across(const struct frame *frame, double x)
{
    return frame->left + clt_axis_place(&frame->x, x) * (frame->right - frame->left);
}

static double down(const struct frame *frame, double y)
{
    return frame->bottom - clt_axis_place(&frame->y, y) * (frame->bottom - frame->top);
}

static void draw_x_ticks(struct clt_text *out, const struct frame *frame)
{
    for (size_t i = 0; i < frame->x.n_ticks; i++) {
        const double x = across(frame, frame->x.ticks[i].value);
        clt_svg_add_segment(out, "grid", x, frame->top, x, frame->bottom);
        clt_svg_add_text(out, "tick middle", x, frame->bottom + 15, frame->x.ticks[i].label);
    }
}

/* Upright where they fit, else turned; of very many, some. */
static void draw_names(struct clt_text *out, const struct frame *frame,
                       const struct clt_chart *chart)
{
    const double step = (frame->right - frame->left) / (double)chart->n_names;
    const size_t stride = (size_t)ceil(NAME_PITCH / step);
    for (size_t i = 0; i < chart->n_names; i += stride) {
        const double x = across(frame, (double)i);
        char name[4 * NAME_CHARS + 4];
        clt_markup_shorten(name, sizeof name, chart->x_names[i], NAME_CHARS);
        clt_svg_add_segment(out, "grid", x, frame->top, x, frame->bottom);
        if (frame->names > 0)
            clt_svg_add_turned_text(out, "tick end", x + 4, frame->bottom + 12, -45, name);
        else
            clt_svg_add_text(out, "tick middle", x, frame->bottom + 15, name);
    }
}

static void draw_axes(struct clt_text *out, const struct frame *frame,
                      const struct clt_chart *chart)
{
    for (size_t i = 0; i < frame->y.n_ticks; i++) {
        const double y = down(frame, frame->y.ticks[i].value);
        clt_svg_add_segment(out, "grid", frame->left, y, frame->right, y);
        clt_svg_add_text(out, "tick end", frame->left - 6, y + 4, frame->y.ticks[i].label);
    }
    if (chart->x_names)
        draw_names(out, frame, chart);
    else
        draw_x_ticks(out, frame);
    clt_svg_add_segment(out, "axis", frame->left, frame->bottom, frame->right, frame->bottom);
    clt_svg_add_segment(out, "axis", frame->left, frame->top, frame->left, frame->bottom);
    clt_svg_add_text(out, "title middle", (frame->left + frame->right) / 2,
                     frame->bottom + frame->names + 33, chart->x_title);
    clt_svg_add_turned_text(out, "title middle", 13, (frame->top + frame->bottom) / 2, -90,
                            chart->y_title);
}

static void draw_second_axis(struct clt_text *out, const struct frame *frame,
                             const struct clt_chart *chart)
{
    struct clt_axis axis;
    clt_axis_fit(&axis, frame->x.low / chart->second_unit, frame->x.high / chart->second_unit,
                 false, false, 7);
    clt_svg_add_segment(out, "axis", frame->left, frame->top, frame->right, frame->top);
    for (size_t i = 0; i < axis.n_ticks; i++) {
        const double x = across(frame, axis.ticks[i].value * chart->second_unit);
        clt_svg_add_segment(out, "axis", x, frame->top - 4, x, frame->top);
        clt_svg_add_text(out, "tick middle", x, frame->top - 8, axis.ticks[i].label);
    }
    clt_svg_add_text(out, "title middle", (frame->left + frame->right) / 2, 12,
                     chart->second_title);
}

static void add_line_class(struct clt_text *out, const struct clt_series *series)
{
    clt_text_add(out, "<path class=\"line %s%s%s%s\" d=\"", series->colour,
                 series->dashed ? " dashed" : "", series->strong ? " strong" : "",
                 series->pale ? " pale" : "");
}

static void add_place(struct clt_text *out, const char *command, double x, double y)
{
    clt_text_add(out, "%s", command);
    clt_svg_add_number(out, x);
    clt_text_add(out, " ");
    clt_svg_add_number(out, y);
}

static void add_dot(struct clt_text *out, const struct clt_series *series, double x, double y)
{
    clt_text_add(out, "<circle class=\"dot %s%s\" r=\"%s\" cx=\"", series->colour,
                 series->pale ? " pale" : "", series->pale ? "2" : "4");
    clt_svg_add_number(out, x);
    clt_text_add(out, "\" cy=\"");
    clt_svg_add_number(out, y);
    clt_text_add(out, "\"/>\n");
}

static void add_diamond(struct clt_text *out, const struct clt_series *series, double x, double y)
{
    clt_text_add(out, "<path class=\"hollow %s\" d=\"", series->colour);
    add_place(out, "M", x, y - 1.4 * DOT);
    add_place(out, "L", x + 1.4 * DOT, y);
    add_place(out, "L", x, y + 1.4 * DOT);
    add_place(out, "L", x - 1.4 * DOT, y);
    clt_text_add(out, "z\"/>\n");
}

static void add_mark(struct clt_text *out, const struct clt_series *series, double x, double y)
{
    if (series->mark == CLT_MARK_DIAMOND)
        add_diamond(out, series, x, y);
    else
        add_dot(out, series, x, y);
}

/* `y` where it is within the plot, else the end next to it: a spread may reach beyond. */
static double down_within(const struct frame *frame, double y)
{
    if (y <= frame->y.low) return frame->bottom;
    return y >= frame->y.high ? frame->top : down(frame, y);
}

static void draw_error_bar(struct clt_text *out, const struct frame *frame,
                           const struct clt_series *series, size_t i)
{
    const struct clt_point point = series->points[i];
    const double x = across(frame, point.x), spread = spread_at(series, i);
    const double low = down_within(frame, point.y - spread);
    const double high = down_within(frame, point.y + spread);
    if (spread == 0) return;
    clt_text_add(out, "<path class=\"line %s\" d=\"", series->colour);
    add_place(out, "M", x, low);
    add_place(out, "L", x, high);
    add_place(out, "M", x - DOT, low);
    clt_text_add(out, "h8");
    add_place(out, "M", x - DOT, high);
    clt_text_add(out, "h8\"/>\n");
}

static void draw_marks(struct clt_text *out, const struct frame *frame,
                       const struct clt_chart *chart, const struct clt_series *series)
{
    for (size_t i = 0; i < series->n_points; i++) {
        if (!is_shown(chart, series->points[i])) continue;
        draw_error_bar(out, frame, series, i);
        add_mark(out, series, across(frame, series->points[i].x), down(frame, series->points[i].y));
    }
}

static void draw_bars(struct clt_text *out, const struct frame *frame,
                      const struct clt_series *series)
{
    char class[24];
    snprintf(class, sizeof class, "bar %s", series->colour);
    for (size_t i = 0; i < series->n_points; i++) {
        const struct clt_point point = series->points[i];
        const double left = across(frame, point.x), right = across(frame, point.x + series->width);
        const double top = down(frame, point.y);
        if (frame->bottom - top < 0.05) continue;
        clt_svg_add_rectangle(out, class, left, top, right - left, frame->bottom - top);
    }
}

/* Where the band has no gap, one area: along its upper edge and back along the lower one. */
static void draw_band(struct clt_text *out, const struct frame *frame,
                      const struct clt_chart *chart, const struct clt_series *series)
{
    size_t i = 0;
    while (i < series->n_points) {
        const size_t first = i;
        while (i < series->n_points && is_shown(chart, series->points[i])) i++;
        if (i > first) clt_text_add(out, "<path class=\"band %s\" d=\"", series->colour);
        for (size_t k = first; k < i; k++)
            add_place(out, k == first ? "M" : "L", across(frame, series->points[k].x),
                      down_within(frame, series->points[k].y + spread_at(series, k)));
        for (size_t k = i; k-- > first;)
            add_place(out, "L", across(frame, series->points[k].x),
                      down_within(frame, series->points[k].y - spread_at(series, k)));
        if (i > first) clt_text_add(out, "z\"/>\n");
        while (i < series->n_points && !is_shown(chart, series->points[i])) i++;
    }
}

/* Where the line from a to b, of which a is within the plot and b above or below it, leaves it. */
static void add_exit(struct clt_text *out, const struct frame *frame, const char *command,
                     struct clt_point a, struct clt_point b)
{
    const double edge = b.y > frame->y.high ? 1 : 0;
    const double from = clt_axis_place(&frame->y, a.y), to = clt_axis_place(&frame->y, b.y);
    const double share = (edge - from) / (to - from);
    const double x = across(frame, a.x), end = across(frame, b.x);
    add_place(out, command, x + share * (end - x), edge > 0 ? frame->top : frame->bottom);
}

static bool is_within(const struct frame *frame, double y)
{
    return y >= frame->y.low && y <= frame->y.high;
}

/* What lies beyond the axis is left out; where a range was asked for, points may. */
static void draw_line(struct clt_text *out, const struct frame *frame,
                      const struct clt_chart *chart, const struct clt_series *series)
{
    bool interrupted = true;
    add_line_class(out, series);
    for (size_t i = 0; i < series->n_points; i++) {
        const struct clt_point point = series->points[i];
        const bool shown = is_shown(chart, point), within = shown && is_within(frame, point.y);
        const bool follows = shown && i > 0 && is_shown(chart, series->points[i - 1]);
        if (within && interrupted && follows)
            add_exit(out, frame, "M", point, series->points[i - 1]);
        if (within)
            add_place(out, interrupted && !follows ? "M" : "L", across(frame, point.x),
                      down(frame, point.y));
        else if (follows && !interrupted)
            add_exit(out, frame, "L", series->points[i - 1], point);
        interrupted = !within;
    }
    clt_text_add(out, "\"/>\n");
}

/* Where the legend's next entry goes. */
struct legend {
    double left, x, y;
    bool row_has_entries;
};

static void new_row(struct legend *at)
{
    at->y += LEGEND_ROW;
    at->x = at->left;
    at->row_has_entries = false;
}

static void add_row(struct clt_text *out, struct legend *at, const char *text)
{
    if (at->row_has_entries) new_row(at);
    clt_svg_add_text(out, "legend", at->x, at->y, text);
    new_row(at);
}

static void add_swatch(struct clt_text *out, const struct clt_series *series,
                       const struct legend *at)
{
    char class[24];
    struct clt_series clear = *series; /* pale colours are hard to tell apart alone */
    clear.pale = false;
    if (series->mark == CLT_MARK_BAR) {
        snprintf(class, sizeof class, "bar %s", series->colour);
        clt_svg_add_rectangle(out, class, at->x, at->y - 9, 20, 9);
        return;
    }
    if (series->mark != CLT_MARK_LINE) {
        add_mark(out, series, at->x + 10, at->y - 4);
        return;
    }
    if (series->spread) {
        snprintf(class, sizeof class, "band %s", series->colour);
        clt_svg_add_rectangle(out, class, at->x, at->y - 9, 20, 10);
    }
    add_line_class(out, &clear);
    add_place(out, "M", at->x, at->y - 4);
    clt_text_add(out, "h20\"/>\n");
}

static void add_entry(struct clt_text *out, struct legend *at, const struct clt_series *series)
{
    char label[4 * LEGEND_CHARS + 4];
    clt_markup_shorten(label, sizeof label, series->label, LEGEND_CHARS);
    const double width = LEGEND_SWATCH + clt_svg_text_width(label);
    if (at->row_has_entries && at->x + width > CLT_FIGURE_WIDTH - 4) new_row(at);
    add_swatch(out, series, at);
    clt_svg_add_text(out, series->strong ? "legend strong" : "legend", at->x + LEGEND_SWATCH, at->y,
                     label);
    at->x += width + LEGEND_GAP;
    at->row_has_entries = true;
}

/* Returns the height that the legend takes. */
static double draw_legend(struct clt_text *out, const struct clt_chart *chart, double left,
                          double top)
{
    struct legend at = {.left = left, .x = left, .y = top + 12};
    if (chart->heading) add_row(out, &at, chart->heading);
    for (size_t s = 0; s < chart->n_series; s++)
        if (chart->series[s].label) add_entry(out, &at, &chart->series[s]);
    if (chart->note) add_row(out, &at, chart->note);
    if (at.row_has_entries) new_row(&at);
    return at.y - 8 - top;
}

static void draw_series(struct clt_text *out, const struct frame *frame,
                        const struct clt_chart *chart, const struct clt_series *series)
{
    switch (series->mark) {
    case CLT_MARK_LINE: draw_line(out, frame, chart, series); break;
    case CLT_MARK_DOT:
    case CLT_MARK_DIAMOND: draw_marks(out, frame, chart, series); break;
    case CLT_MARK_BAR: draw_bars(out, frame, series); break;
    }
}

/* Bands below, then pale ones, the strong ones last, so that they lie above the others. */
static void draw_all_series(struct clt_text *out, const struct frame *frame,
                            const struct clt_chart *chart)
{
    for (size_t s = 0; s < chart->n_series; s++)
        if (chart->series[s].mark == CLT_MARK_LINE && chart->series[s].spread)
            draw_band(out, frame, chart, &chart->series[s]);
    for (int layer = 0; layer < 3; layer++)
        for (size_t s = 0; s < chart->n_series; s++) {
            const struct clt_series *series = &chart->series[s];
            if ((series->strong ? 2 : series->pale ? 0 : 1) == layer)
                draw_series(out, frame, chart, series);
        }
}

/* Names stand in the middle of as many parts of the axis. */
static void fit_names(struct frame *frame, const struct clt_chart *chart)
{
    double widest = 0;
    for (size_t i = 0; i < chart->n_names; i++)
        widest = fmax(widest, clt_svg_text_width(chart->x_names[i]));
    widest = fmin(widest, NAME_CHARS * 6.2);
    frame->x = (struct clt_axis){.low = -0.5, .high = (double)chart->n_names - 0.5};
    if (widest + 8 > (frame->right - frame->left) / (double)chart->n_names)
        frame->names = widest * 0.71;
}

static void fit_axes(struct frame *frame, const struct clt_chart *chart,
                     const struct clt_interval *x, const struct clt_interval *y)
{
    const struct clt_interval *across_x = chart->x_range ? chart->x_range : x;
    const struct clt_interval *down_y = chart->y_range ? chart->y_range : y;
    clt_axis_fit(&frame->y, down_y->low, down_y->high, chart->logarithmic_y, true, 6);
    frame->left = TITLE + widest_label(&frame->y) + 6;
    if (chart->x_names)
        fit_names(frame, chart);
    else
        clt_axis_fit(&frame->x, across_x->low, across_x->high, chart->logarithmic_x, false, 7);
}

void clt_chart_draw(struct clt_figure *out, const struct clt_chart *chart)
{
    struct clt_interval x, y;
    struct frame frame = {.top = chart->second_title ? TOP_DOUBLE : TOP_SINGLE,
                          .right = CLT_FIGURE_WIDTH - RIGHT};
    frame.bottom = frame.top + PLOT_HEIGHT;
    out->width = CLT_FIGURE_WIDTH;
    out->height = frame.bottom + BOTTOM;
    if (!clt_chart_ranges(&x, &y, chart)) {
        clt_svg_add_text(&out->body, "title middle", out->width / 2, out->height / 2,
                         "nothing was measured");
        return;
    }
    fit_axes(&frame, chart, &x, &y);
    out->height += frame.names;
    draw_axes(&out->body, &frame, chart);
    if (chart->second_title) draw_second_axis(&out->body, &frame, chart);
    draw_all_series(&out->body, &frame, chart);
    out->height += draw_legend(&out->body, chart, frame.left, out->height);
}
