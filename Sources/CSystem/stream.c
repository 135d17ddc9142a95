#define _GNU_SOURCE
#include "CSystem.h"

#include <sys/types.h>

FILE *ringback_stream_open(void *context, ptrdiff_t (*read)(void *context, char *buffer, size_t size)) {
  cookie_io_functions_t functions = {.read = (cookie_read_function_t *)read};
  FILE *stream = fopencookie(context, "rb", functions);
  if (stream) setvbuf(stream, NULL, _IONBF, 0);
  return stream;
}
