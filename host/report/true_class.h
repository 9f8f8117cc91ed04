/* true_class.h - how sure a network is of what is right. */
#ifndef CLT_TRUE_CLASS_H
#define CLT_TRUE_CLASS_H

#include "figure.h"
#include "predict.h"

/* A histogram of the probability of each sample's true class, of those classified correctly and of
 * the others. Without labels, nothing. CLT_E_NOMEM. */
enum clt_status clt_true_class_add(struct clt_figures *figures,
                                   const struct clt_predictions *predictions);

#endif
