/* bands.h - curves of settings over their seeds: means, with bands of one standard deviation. */
#ifndef CLT_BANDS_H
#define CLT_BANDS_H

#include "metric_chart.h"
#include "repeats.h"

/* Accuracy, loss and cost of each setting. Adds nothing where no setting has several members. */
enum clt_status clt_bands_add(struct clt_figures *figures, const struct clt_repeats *repeats);

struct clt_band_panel {
    const struct clt_repeats *repeats; /* its best setting is shown */
    struct clt_curve_figure about;
};
/* Two panels with the same axes. */
enum clt_status clt_bands_compare(struct clt_figures *figures,
                                  const struct clt_band_panel panels[2],
                                  const struct clt_metric *metric);

#endif
