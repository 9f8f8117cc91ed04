/* opencl_calls.h - the calls of OpenCL that the layer stands in front of: all that cltrain and
 * CLBlast make. No include guard: who includes it defines what a row becomes.
 *
 *   STATUS(name, parameters, arguments)                    gives a code
 *   ENQUEUE(name, parameters, arguments)                   the same; `done` may take an event
 *   CREATION(kind, type, name, parameters, arguments)      gives an object; `code` its status
 *   RETAIN(kind, type, name), RELEASE(kind, type, name)    of one object */
STATUS(clGetPlatformIDs, (cl_uint n, cl_platform_id *p, cl_uint *count), (n, p, count))
STATUS(clGetPlatformInfo,
       (cl_platform_id p, cl_platform_info what, size_t size, void *value, size_t *size_ret),
       (p, what, size, value, size_ret))
STATUS(clGetDeviceIDs,
       (cl_platform_id p, cl_device_type type, cl_uint n, cl_device_id *d, cl_uint *count),
       (p, type, n, d, count))
STATUS(clGetDeviceInfo,
       (cl_device_id d, cl_device_info what, size_t size, void *value, size_t *size_ret),
       (d, what, size, value, size_ret))
CREATION(CONTEXT, cl_context, clCreateContext,
         (const cl_context_properties *p, cl_uint n, const cl_device_id *d, context_notice f,
          void *u, cl_int *code),
         (p, n, d, f, u, code))
RETAIN(CONTEXT, cl_context, clRetainContext)
RELEASE(CONTEXT, cl_context, clReleaseContext)

CREATION(QUEUE, cl_command_queue, clCreateCommandQueue,
         (cl_context c, cl_device_id d, cl_command_queue_properties p, cl_int *code),
         (c, d, p, code))
RETAIN(QUEUE, cl_command_queue, clRetainCommandQueue)
RELEASE(QUEUE, cl_command_queue, clReleaseCommandQueue)
STATUS(clGetCommandQueueInfo,
       (cl_command_queue q, cl_command_queue_info what, size_t size, void *value, size_t *size_ret),
       (q, what, size, value, size_ret))
STATUS(clFlush, (cl_command_queue q), (q))
STATUS(clFinish, (cl_command_queue q), (q))

CREATION(MEMORY, cl_mem, clCreateBuffer,
         (cl_context c, cl_mem_flags f, size_t size, void *host, cl_int *code),
         (c, f, size, host, code))
RETAIN(MEMORY, cl_mem, clRetainMemObject)
RELEASE(MEMORY, cl_mem, clReleaseMemObject)
STATUS(clGetMemObjectInfo, (cl_mem m, cl_mem_info what, size_t size, void *value, size_t *size_ret),
       (m, what, size, value, size_ret))

CREATION(PROGRAM, cl_program, clCreateProgramWithSource,
         (cl_context c, cl_uint n, const char **text, const size_t *lengths, cl_int *code),
         (c, n, text, lengths, code))
CREATION(PROGRAM, cl_program, clCreateProgramWithBinary,
         (cl_context c, cl_uint n, const cl_device_id *d, const size_t *lengths,
          const unsigned char **binaries, cl_int *taken, cl_int *code),
         (c, n, d, lengths, binaries, taken, code))
RETAIN(PROGRAM, cl_program, clRetainProgram)
RELEASE(PROGRAM, cl_program, clReleaseProgram)
STATUS(clBuildProgram,
       (cl_program p, cl_uint n, const cl_device_id *d, const char *o, program_notice f, void *u),
       (p, n, d, o, f, u))
STATUS(clGetProgramInfo,
       (cl_program p, cl_program_info what, size_t size, void *value, size_t *size_ret),
       (p, what, size, value, size_ret))
STATUS(clGetProgramBuildInfo,
       (cl_program p, cl_device_id d, cl_program_build_info what, size_t size, void *value,
        size_t *size_ret),
       (p, d, what, size, value, size_ret))

CREATION(KERNEL, cl_kernel, clCreateKernel, (cl_program p, const char *name, cl_int *code),
         (p, name, code))
RETAIN(KERNEL, cl_kernel, clRetainKernel)
RELEASE(KERNEL, cl_kernel, clReleaseKernel)
STATUS(clGetKernelWorkGroupInfo,
       (cl_kernel k, cl_device_id d, cl_kernel_work_group_info what, size_t size, void *value,
        size_t *size_ret),
       (k, d, what, size, value, size_ret))
STATUS(clSetKernelArg, (cl_kernel k, cl_uint i, size_t size, const void *value),
       (k, i, size, value))

RETAIN(EVENT, cl_event, clRetainEvent)
RELEASE(EVENT, cl_event, clReleaseEvent)
STATUS(clWaitForEvents, (cl_uint n, const cl_event *wait), (n, wait))
STATUS(clGetEventProfilingInfo,
       (cl_event e, cl_profiling_info what, size_t size, void *value, size_t *size_ret),
       (e, what, size, value, size_ret))

ENQUEUE(clEnqueueNDRangeKernel,
        (cl_command_queue q, cl_kernel k, cl_uint dimensions, const size_t *offset,
         const size_t *global, const size_t *local, cl_uint n, const cl_event *wait,
         cl_event *done),
        (q, k, dimensions, offset, global, local, n, wait, done))
ENQUEUE(clEnqueueWriteBuffer,
        (cl_command_queue q, cl_mem m, cl_bool block, size_t offset, size_t size, const void *p,
         cl_uint n, const cl_event *wait, cl_event *done),
        (q, m, block, offset, size, p, n, wait, done))
ENQUEUE(clEnqueueReadBuffer,
        (cl_command_queue q, cl_mem m, cl_bool block, size_t offset, size_t size, void *p,
         cl_uint n, const cl_event *wait, cl_event *done),
        (q, m, block, offset, size, p, n, wait, done))
ENQUEUE(clEnqueueFillBuffer,
        (cl_command_queue q, cl_mem m, const void *pattern, size_t pattern_size, size_t offset,
         size_t size, cl_uint n, const cl_event *wait, cl_event *done),
        (q, m, pattern, pattern_size, offset, size, n, wait, done))
ENQUEUE(clEnqueueCopyBuffer,
        (cl_command_queue q, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset,
         size_t size, cl_uint n, const cl_event *wait, cl_event *done),
        (q, from, to, from_offset, to_offset, size, n, wait, done))
/* Gives host memory, which is no object. */
CREATION(NOTHING, void *, clEnqueueMapBuffer,
         (cl_command_queue q, cl_mem m, cl_bool block, cl_map_flags f, size_t offset, size_t size,
          cl_uint n, const cl_event *wait, cl_event *done, cl_int *code),
         (q, m, block, f, offset, size, n, wait, done, code))
ENQUEUE(clEnqueueUnmapMemObject,
        (cl_command_queue q, cl_mem m, void *p, cl_uint n, const cl_event *wait, cl_event *done),
        (q, m, p, n, wait, done))
ENQUEUE(clEnqueueMarkerWithWaitList,
        (cl_command_queue q, cl_uint n, const cl_event *wait, cl_event *done), (q, n, wait, done))
ENQUEUE(clEnqueueBarrierWithWaitList,
        (cl_command_queue q, cl_uint n, const cl_event *wait, cl_event *done), (q, n, wait, done))
