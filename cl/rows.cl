/* rows.cl - a chain of operations on every row of all members: what stands between two products.
 *   first, count  of the chain in the table of operations
 * A work-group handles `run` rows of one member (dimension 1), one after the other.
 * Host side: ops/steps.c. References: ref/bias.c, ref/activation.c, ref/batch_norm.c,
 * ref/dropout.c. */
#include "rows.clh"

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
row_chain(MODEL_PARAMETERS, const ulong first, const ulong count, const ulong units,
          const ulong run)
{
    __local real scratch[GROUP];
    const struct model model = MODEL_OF_PARAMETERS(scratch);
    const size_t member = get_group_id(1), first_unit = get_group_id(0) * run;
    const size_t end = min(first_unit + run, (size_t)units);
    for (size_t unit = first_unit; unit < end; unit++)
        run_row(&model, first, count, (struct row){member, unit, units, member * units + unit});
}
