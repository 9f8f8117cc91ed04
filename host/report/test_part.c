#include "test_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "markup.h"
#include "matrix.h"
#include "picture.h"

#define MAX_BARS     30
#define MAX_MISTAKES 20
#define COLUMNS      5
#define LINE_CHARS   15 /* below a picture */

/* Each sample's prediction, counted. */
struct judgement {
    const struct clt_predictions *predictions;
    char **names;     /* [classes] */
    uint64_t *counts; /* [classes][classes], a row per true class */
    size_t unknown;   /* samples without a prediction */
};

static enum clt_status no_memory(void)
{
    return clt_fail(CLT_E_NOMEM, "no memory for the figures of the test part");
}

static void judgement_free(struct judgement *judgement)
{
    for (size_t c = 0; judgement->names && c < judgement->predictions->classes; c++)
        free(judgement->names[c]);
    free(judgement->names);
    free(judgement->counts);
}

/* The class's name, or its number. */
static char *class_name(const struct clt_predictions *predictions, size_t class)
{
    char number[24];
    snprintf(number, sizeof number, "%zu", class);
    return strdup(predictions->class_names ? predictions->class_names[class] : number);
}

static enum clt_status judge(struct judgement *out, const struct clt_predictions *predictions)
{
    const size_t classes = predictions->classes;
    *out = (struct judgement){.predictions = predictions,
                              .names = calloc(classes, sizeof *out->names),
                              .counts = calloc(classes * classes, sizeof *out->counts)};
    if (!out->names || !out->counts) return no_memory();
    for (size_t c = 0; c < classes; c++) {
        out->names[c] = class_name(predictions, c);
        if (!out->names[c]) return no_memory();
    }
    for (size_t s = 0; s < predictions->samples; s++) {
        const size_t predicted = clt_predictions_class(predictions, s);
        if (predicted == classes)
            out->unknown++;
        else
            out->counts[predictions->labels[s] * classes + predicted]++;
    }
    return CLT_OK;
}

/* Takes over what `figure` owns. */
static enum clt_status add_matrix(struct clt_figures *figures, const struct judgement *judgement)
{
    struct clt_figure figure = {.name = "confusion"};
    char caption[240], left_out[80] = "";
    clt_matrix_draw(&figure, judgement->counts, (const char *const *)judgement->names,
                    judgement->predictions->classes);
    if (judgement->unknown)
        snprintf(left_out, sizeof left_out, " %zu samples have no finite prediction.",
                 judgement->unknown);
    snprintf(caption, sizeof caption,
             "Samples of each true class (row) by predicted class (column). Colour: share of the "
             "row, on a square-root scale.%s",
             left_out);
    return clt_figures_add_titled(figures, &figure, "Confusion matrix", caption);
}

/* ---- accuracy per class ---- */

static int by_share(const void *a, const void *b)
{
    const struct clt_bar *left = a, *right = b;
    return (left->share > right->share) - (left->share < right->share);
}

static enum clt_status add_classes(struct clt_figures *figures, const struct judgement *judgement)
{
    const size_t classes = judgement->predictions->classes;
    struct clt_figure figure = {.name = "class-accuracy"};
    struct clt_bar *bars = calloc(classes, sizeof *bars);
    char caption[120] = "The worst class first.";
    if (!bars) return no_memory();
    for (size_t c = 0; c < classes; c++) {
        const uint64_t *row = judgement->counts + c * classes;
        uint64_t sum = 0;
        for (size_t i = 0; i < classes; i++) sum += row[i];
        bars[c] = (struct clt_bar){.name = judgement->names[c],
                                   .share = sum ? (double)row[c] / (double)sum : 0};
    }
    qsort(bars, classes, sizeof *bars, by_share);
    if (classes > MAX_BARS)
        snprintf(caption, sizeof caption, "The %d worst of %zu classes, the worst first.", MAX_BARS,
                 classes);
    clt_bars_draw(&figure, bars, classes < MAX_BARS ? classes : MAX_BARS,
                  "accuracy on the class (%)");
    free(bars);
    return clt_figures_add_titled(figures, &figure, "Accuracy per class", caption);
}

/* ---- mistakes ---- */

struct mistake {
    size_t sample, predicted;
    float probability;
};

static int by_probability(const void *a, const void *b)
{
    const struct mistake *left = a, *right = b;
    if (left->probability != right->probability)
        return left->probability > right->probability ? -1 : 1;
    return left->sample < right->sample ? -1 : left->sample > right->sample;
}

/* All mistakes, the most confident first. */
static enum clt_status find_mistakes(struct mistake **out, size_t *n,
                                     const struct clt_predictions *predictions)
{
    *n = 0;
    *out = calloc(predictions->samples + 1, sizeof **out);
    if (!*out) return no_memory();
    for (size_t s = 0; s < predictions->samples; s++) {
        const size_t predicted = clt_predictions_class(predictions, s);
        if (predicted == predictions->labels[s] || predicted == predictions->classes) continue;
        (*out)[(*n)++] = (struct mistake){
            .sample = s,
            .predicted = predicted,
            .probability = predictions->probabilities[s * predictions->classes + predicted]};
    }
    qsort(*out, *n, sizeof **out, by_probability);
    return CLT_OK;
}

static void describe(struct clt_tile *tile, const struct judgement *judgement,
                     const struct mistake *mistake)
{
    const struct clt_predictions *predictions = judgement->predictions;
    const size_t features = clt_shape_size(predictions->input);
    const char *truth = judgement->names[predictions->labels[mistake->sample]];
    char name[80];
    tile->planes = predictions->images + mistake->sample * features;
    clt_markup_shorten(tile->lines[0], sizeof tile->lines[0], truth, LINE_CHARS);
    snprintf(name, sizeof name, "as %s", judgement->names[mistake->predicted]);
    clt_markup_shorten(tile->lines[1], sizeof tile->lines[1], name, LINE_CHARS);
    snprintf(tile->lines[2], sizeof tile->lines[2], "%.2f %%", 100 * (double)mistake->probability);
}

static enum clt_status add_mistakes(struct clt_figures *figures, const struct judgement *judgement)
{
    enum clt_status st = CLT_OK;
    struct clt_figure figure = {.name = "mistakes"};
    struct clt_tile tiles[MAX_MISTAKES];
    struct mistake *mistakes;
    char caption[200];
    size_t n;
    TRY(find_mistakes(&mistakes, &n, judgement->predictions));
    const size_t shown = n < MAX_MISTAKES ? n : MAX_MISTAKES;
    if (shown == 0) goto done;
    for (size_t i = 0; i < shown; i++) describe(&tiles[i], judgement, &mistakes[i]);
    TRY(clt_tiles_draw(&figure, tiles, shown, judgement->predictions->input, COLUMNS, 3));
    snprintf(caption, sizeof caption,
             "%zu of %zu mistakes. Bold: the true class; below it what it was taken for, "
             "with the probability.",
             shown, n);
    st = clt_figures_add_titled(figures, &figure, "Most confident mistakes", caption);
    figure = (struct clt_figure){0};
done:
    clt_figure_free(&figure);
    free(mistakes);
    return st;
}

enum clt_status clt_test_part_add(struct clt_figures *figures,
                                  const struct clt_predictions *predictions)
{
    enum clt_status st = CLT_OK;
    struct judgement judgement;
    if (predictions->samples == 0 || !predictions->labels) return CLT_OK;
    TRY(judge(&judgement, predictions));
    TRY(add_matrix(figures, &judgement));
    TRY(add_classes(figures, &judgement));
    if (predictions->images) TRY(add_mistakes(figures, &judgement));
done:
    judgement_free(&judgement);
    return st;
}
