#include "chart.h"

#include <math.h>
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

#define LEGEND_ROW    18.0
#define LEGEND_SWATCH 26.0
#define LEGEND_GAP    16.0

struct frame {
    double left, top, right, bottom;
    struct clt_axis x, y;
};

struct bounds {
    double low, high;
};

static bool is_shown(const struct clt_chart *chart, struct clt_point point)
{
    return isfinite(point.x) && isfinite(point.y) && (!chart->logarithmic_x || point.x > 0) &&
           (!chart->logarithmic_y || point.y > 0);
}

static void include(struct bounds *bounds, double value)
{
    bounds->low = fmin(bounds->low, value);
    bounds->high = fmax(bounds->high, value);
}

/* False where there is nothing to show. */
static bool find_bounds(const struct clt_chart *chart, struct bounds *x, struct bounds *y)
{
    *x = *y = (struct bounds){INFINITY, -INFINITY};
    for (size_t s = 0; s < chart->n_series; s++)
        for (size_t i = 0; i < chart->series[s].n_points; i++) {
            const struct clt_point point = chart->series[s].points[i];
            if (isfinite(point.x) && (!chart->logarithmic_x || point.x > 0)) include(x, point.x);
            if (!is_shown(chart, point)) continue;
            include(y, point.y);
        }
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

static void draw_axes(struct clt_text *out, const struct frame *frame,
                      const struct clt_chart *chart)
{
    for (size_t i = 0; i < frame->y.n_ticks; i++) {
        const double y = down(frame, frame->y.ticks[i].value);
        clt_svg_add_segment(out, "grid", frame->left, y, frame->right, y);
        clt_svg_add_text(out, "tick end", frame->left - 6, y + 4, frame->y.ticks[i].label);
    }
    for (size_t i = 0; i < frame->x.n_ticks; i++) {
        const double x = across(frame, frame->x.ticks[i].value);
        clt_svg_add_segment(out, "grid", x, frame->top, x, frame->bottom);
        clt_svg_add_text(out, "tick middle", x, frame->bottom + 15, frame->x.ticks[i].label);
    }
    clt_svg_add_segment(out, "axis", frame->left, frame->bottom, frame->right, frame->bottom);
    clt_svg_add_segment(out, "axis", frame->left, frame->top, frame->left, frame->bottom);
    clt_svg_add_text(out, "title middle", (frame->left + frame->right) / 2, frame->bottom + 33,
                     chart->x_title);
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
    clt_text_add(out, "<path class=\"line %s%s%s\" d=\"", series->colour,
                 series->dashed ? " dashed" : "", series->strong ? " strong" : "");
}

static void add_dot(struct clt_text *out, const struct clt_series *series, double x, double y)
{
    clt_text_add(out, "<circle class=\"dot %s\" r=\"3.5\" cx=\"", series->colour);
    clt_svg_add_number(out, x);
    clt_text_add(out, "\" cy=\"");
    clt_svg_add_number(out, y);
    clt_text_add(out, "\"/>\n");
}

static void draw_dots(struct clt_text *out, const struct frame *frame,
                      const struct clt_chart *chart, const struct clt_series *series)
{
    for (size_t i = 0; i < series->n_points; i++) {
        if (!is_shown(chart, series->points[i])) continue;
        add_dot(out, series, across(frame, series->points[i].x), down(frame, series->points[i].y));
    }
}

static void draw_line(struct clt_text *out, const struct frame *frame,
                      const struct clt_chart *chart, const struct clt_series *series)
{
    bool interrupted = true;
    add_line_class(out, series);
    for (size_t i = 0; i < series->n_points; i++) {
        const bool shown = is_shown(chart, series->points[i]);
        if (shown) {
            clt_text_add(out, interrupted ? "M" : "L");
            clt_svg_add_number(out, across(frame, series->points[i].x));
            clt_text_add(out, " ");
            clt_svg_add_number(out, down(frame, series->points[i].y));
        }
        interrupted = !shown;
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
    if (series->dots) {
        add_dot(out, series, at->x + 10, at->y - 4);
        return;
    }
    add_line_class(out, series);
    clt_text_add(out, "M");
    clt_svg_add_number(out, at->x);
    clt_text_add(out, " ");
    clt_svg_add_number(out, at->y - 4);
    clt_text_add(out, "h20\"/>\n");
}

static void add_entry(struct clt_text *out, struct legend *at, const struct clt_series *series)
{
    const double width = LEGEND_SWATCH + clt_svg_text_width(series->label);
    if (at->row_has_entries && at->x + width > CLT_FIGURE_WIDTH - 4) new_row(at);
    add_swatch(out, series, at);
    clt_svg_add_text(out, series->strong ? "legend strong" : "legend", at->x + LEGEND_SWATCH, at->y,
                     series->label);
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

void clt_chart_draw(struct clt_figure *out, const struct clt_chart *chart)
{
    struct bounds x, y;
    struct frame frame = {.top = chart->second_title ? TOP_DOUBLE : TOP_SINGLE,
                          .right = CLT_FIGURE_WIDTH - RIGHT};
    frame.bottom = frame.top + PLOT_HEIGHT;
    out->width = CLT_FIGURE_WIDTH;
    out->height = frame.bottom + BOTTOM;
    if (!find_bounds(chart, &x, &y)) {
        clt_svg_add_text(&out->body, "title middle", out->width / 2, out->height / 2,
                         "nothing was measured");
        return;
    }
    clt_axis_fit(&frame.x, x.low, x.high, chart->logarithmic_x, false, 7);
    clt_axis_fit(&frame.y, y.low, y.high, chart->logarithmic_y, true, 6);
    frame.left = TITLE + widest_label(&frame.y) + 6;
    draw_axes(&out->body, &frame, chart);
    if (chart->second_title) draw_second_axis(&out->body, &frame, chart);
    /* The strong ones last, so that they lie above the others. */
    for (int strong = 0; strong < 2; strong++)
        for (size_t s = 0; s < chart->n_series; s++) {
            const struct clt_series *series = &chart->series[s];
            if (series->strong != (strong == 1)) continue;
            if (series->dots)
                draw_dots(&out->body, &frame, chart, series);
            else
                draw_line(&out->body, &frame, chart, series);
        }
    out->height += draw_legend(&out->body, chart, frame.left, out->height);
}
