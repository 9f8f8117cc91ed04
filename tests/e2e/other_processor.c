/* Linked with --wrap=clt_processor_describe: the program runs on the processor of that description,
 * $CLTRAIN_PROCESSOR. */
#include <stdlib.h>

#include "processor.h"

void __wrap_clt_processor_describe(struct clt_text *text); /* the linker's name */

void __wrap_clt_processor_describe(struct clt_text *text)
{
    const char *description = getenv("CLTRAIN_PROCESSOR");
    clt_text_add(text, "%s\n", description ? description : "");
}
