/* write.h - settings as libconfig text that reads back to the same bits. */
#ifndef CLT_CONFIG_WRITE_H
#define CLT_CONFIG_WRITE_H

#include "settings.h"

/* A value by itself, as in a config; nested ones on lines of their own, `depth` levels in. */
void clt_settings_add_value(struct clt_text *text, const struct clt_settings *value,
                            unsigned depth);

/* The same without line breaks. */
void clt_settings_add_line(struct clt_text *text, const struct clt_settings *value);

/* The settings of a group, a line each, as a config file holds them. */
void clt_settings_add_all(struct clt_text *text, const struct clt_settings *group, unsigned depth);

#endif
