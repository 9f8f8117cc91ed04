/* status.h - how every call of the library reports failure. */
#ifndef CLTRAIN_STATUS_H
#define CLTRAIN_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* What a call returns. Anything but CLT_OK leaves a message for clt_error_message(). */
enum clt_status {
    CLT_OK = 0,
    CLT_E_USAGE,    /* the caller asked for something that makes no sense */
    CLT_E_CONFIG,   /* a config file, or a value set over it, is wrong */
    CLT_E_SHAPE,    /* two neighbouring layers, or a layer and the data, do not fit */
    CLT_E_DATA,     /* a data file, checkpoint or run directory is unreadable, wrong or in use */
    CLT_E_DEVICE,   /* no device, a kernel that does not build, a lost device */
    CLT_E_NOMEM,    /* host or device memory is too small */
    CLT_E_OUTPUT,   /* a result could not be written */
    CLT_E_DIVERGED, /* every member diverged */
    CLT_E_STOPPED   /* the caller asked to stop, before there was a result */
};

#if defined(__GNUC__)
#define CLT_API __attribute__((visibility("default")))
#else
#define CLT_API
#endif

/* The message of the calling thread's last failed call: what is wrong, where, and what to do;
 * several errors of one config are separated by newlines. Valid until that thread's next
 * failure; "" when nothing failed yet. */
CLT_API const char *clt_error_message(void);

#ifdef __cplusplus
}
#endif
#endif
