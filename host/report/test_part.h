/* test_part.h - what a network makes of the samples it was tested on. */
#ifndef CLT_TEST_PART_H
#define CLT_TEST_PART_H

#include "figure.h"
#include "predict.h"

/* Confusion matrix, accuracy per class, most confident mistakes. Without labels, nothing. */
enum clt_status clt_test_part_add(struct clt_figures *figures,
                                  const struct clt_predictions *predictions);

#endif
