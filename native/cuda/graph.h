// Steps as CUDA graphs: the functions of plugin.h.
#pragma once

#include "plugin.h"

namespace dc::cuda {

int record_graph(DcCudaWork work, void* context, const void* generator, void** graph, char* reason, size_t reason_size);
int replay_graph(void* graph, char* reason, size_t reason_size);
void release_graph(void* graph);

}  // namespace dc::cuda
