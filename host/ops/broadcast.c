#include "geometry.h"
#include "ops.h"

enum clt_status clt_op_broadcast(struct clt_launch_list *list, struct clt_view y, struct clt_view x,
                                 size_t members, size_t n)
{
    enum clt_status st = CLT_OK;
    TRY(clt_launch_list_add(list, "broadcast.cl", "broadcast_members", "",
                            clt_geometry_elements_of(n, members),
                            CLT_ARGS(clt_arg_view(y), clt_arg_view(x), clt_arg_ulong(n))));
    clt_launch_list_note_work(list, clt_work_on_reals(list, 0, (double)(n * (members + 1))));
done:
    return st;
}
