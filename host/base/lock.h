/* lock.h - a folder that one process at a time owns.
 *
 * The lock is flock() on the file `lock` inside, which names its holder and goes away with it. A
 * killed process leaves that file, but no lock in force.
 *
 * Where the file system has no locks, the file itself is the lock: who makes it, with O_EXCL, holds
 * the folder. It then says on which boot of which host and in which process namespace the process
 * runs and since when, so that one that was killed is told from one that runs, also where its
 * number was given away again. Of a process elsewhere nobody can tell: its file is in force until
 * somebody removes it, and the message says so. */
#ifndef CLT_LOCK_H
#define CLT_LOCK_H

#include "status.h"

struct clt_lock;

/* Takes the lock of `folder`, without waiting. CLT_E_DATA: another process holds it, and is named;
 * CLT_E_OUTPUT: the file cannot be made; CLT_E_NOMEM. */
enum clt_status clt_lock_take(struct clt_lock **out, const char *folder);
/* Whether it could be taken, which changes nothing there. CLT_E_DATA: another process holds it, and
 * is named; CLT_E_NOMEM. */
enum clt_status clt_lock_look(const char *folder);
/* NULL is fine. */
void clt_lock_release(struct clt_lock *lock);

/* The name of the file. */
#define CLT_LOCK_FILE "lock"

#endif
