/* cache_folder.h - PoCL's folder of compiled kernels, checked before PoCL trips over it. */
#ifndef CLT_CACHE_FOLDER_H
#define CLT_CACHE_FOLDER_H

#include "status.h"

/* Creates the folder where needed and tries to write there, before the first OpenCL call; does
 * nothing where PoCL is not installed. CLT_E_DEVICE, naming the folder and the way out. */
enum clt_status clt_cache_folder_check(void);
/* *out: its name, a fresh string; NULL where PoCL is not installed. CLT_E_NOMEM. */
enum clt_status clt_cache_folder_find(char **out);

/* Where the loader looks for drivers: a folder of .icd files, or one such file or library. */
const char *clt_icd_place(void);

#endif
