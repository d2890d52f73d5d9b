#include "stand_in_watch.h"

#include <set>
#include <sstream>

#include "stand_in.h"
#include "stand_in_capturer.h"

namespace dc::test {

namespace {

// Of the Watch that lives. Backward passes run on another thread.
std::mutex mutex;
bool watching = false, refusing = false;
Traffic traffic_seen;
std::vector<std::string> operations_seen;
std::unordered_map<const void*, int64_t> made;
int64_t made_so_far = 0;

// Operators whose result, or its shape, the host waits for.
const std::set<std::string_view> kReads{"_local_scalar_dense",
                                        "nonzero",
                                        "masked_select",
                                        "_unique",
                                        "_unique2",
                                        "unique_dim",
                                        "unique_consecutive",
                                        "equal",
                                        "bincount",
                                        "multinomial",
                                        "repeat_interleave",
                                        "_linalg_eigh",
                                        "linalg_qr",
                                        "is_nonzero",
                                        "unique_dim_consecutive"};

// Whether a GPU may round the factors of a product: cuBLAS asks the guard of the calling thread.
bool may_round(std::string_view name, const torch::jit::Stack& stack, size_t begin) {
  static const std::set<std::string_view> products{"mm", "addmm", "bmm", "baddbmm", "addbmm", "addmv", "_addmm_activation"};
  return products.contains(name) && stack[begin].isTensor() && stack[begin].toTensor().scalar_type() == at::kFloat &&
         !at::NoTF32Guard::should_disable_tf32();
}

bool reads(std::string_view name, const torch::jit::Stack& stack, size_t begin) {
  if (kReads.contains(name)) return true;
  // A mask among the indices is searched for what is true.
  if (name != "index" && name != "_index_put_impl_" && name != "index_put_") return false;
  bool mask = false;
  for (size_t i = begin; i < stack.size(); ++i) {
    if (!stack[i].isOptionalTensorList()) continue;
    each_tensor(stack[i], [&](const at::Tensor& index, bool) {
      mask = mask || index.scalar_type() == at::kBool || index.scalar_type() == at::kByte;
    });
  }
  return mask;
}

std::string_view name_of(const c10::OperatorHandle& op) {
  const std::string& whole = op.schema().name();
  return std::string_view(whole).substr(whole.find("::") + 2);
}

void describe(std::ostream& out, const at::Tensor& tensor) {
  if (!tensor.defined()) {
    out << " none";
    return;
  }
  out << ' ' << tensor.scalar_type() << tensor.sizes();
  if (tensor.layout() != at::kStrided) return;
  if (tensor.is_cpu()) {
    out << '=' << tensor.item();
    return;
  }
  const c10::Storage& storage = tensor.storage();
  const auto found = made.find(storage.unsafeGetStorageImpl());
  if (found == made.end())
    out << '@' << storage.data();
  else
    out << '#' << found->second;
  out << '+' << tensor.storage_offset() << tensor.strides();
}

void describe(std::ostream& out, const c10::IValue& value) {
  if (value.isTensor() || value.isTensorList() || value.isOptionalTensorList()) {
    each_tensor(value, [&](const at::Tensor& tensor, bool) { describe(out, tensor); });
  } else if (value.isGenerator()) {
    out << " generator";
  } else {
    out << ' ' << value;
  }
}

void refuse(std::string_view name) {
  ++traffic_seen.reads;
  TORCH_CHECK(!refusing && !is_recording(), "`", name, "` reads back to the host within a step");
}

}  // namespace

bool computes(const c10::OperatorHandle& op) {
  const std::string_view name = name_of(op);
  if (name.starts_with("empty") || name == "resize_" || name == "set_") return false;
  const auto& results = op.schema().returns();
  return std::none_of(results.begin(), results.end(),
                      [](const c10::Argument& result) { return result.alias_info() && !result.alias_info()->isWrite(); });
}

void note(const c10::OperatorHandle& op, const torch::jit::Stack& stack) {
  const std::lock_guard lock(mutex);
  if (!watching && !is_recording()) return;
  const std::string_view name = name_of(op);
  const size_t begin = stack.size() - op.schema().arguments().size();
  if (reads(name, stack, begin)) refuse(name);
  if (!watching || !computes(op)) return;
  ++traffic_seen.launches;
  if (may_round(name, stack, begin)) ++traffic_seen.rounded;
  std::ostringstream out;
  out << name << '.' << op.schema().overload_name();
  for (size_t i = begin; i < stack.size(); ++i) describe(out, stack[i]);
  operations_seen.push_back(out.str());
}

void note_replay() {
  const std::lock_guard lock(mutex);
  if (!watching) return;
  ++traffic_seen.replays;
  operations_seen.push_back("replay");
}

void note_copy(const at::Tensor& to, const at::Tensor& from) {
  const std::lock_guard lock(mutex);
  if (!watching && !is_recording()) return;
  if (to.is_cpu()) return refuse("copy to the host");
  if (!watching) return;
  ++(from.is_cpu() ? traffic_seen.uploads : traffic_seen.launches);
  std::ostringstream out;
  out << (from.is_cpu() ? "upload" : "copy_");
  describe(out, to);
  if (!from.is_cpu()) describe(out, from);
  operations_seen.push_back(out.str());
}

void note_made(const c10::Storage& storage) {
  const std::lock_guard lock(mutex);
  if (watching) made[storage.unsafeGetStorageImpl()] = ++made_so_far;
}

Watch::Watch(bool refuse_reads) {
  const std::lock_guard lock(mutex);
  TORCH_CHECK(!watching, "One Watch at a time");
  watching = true;
  refusing = refuse_reads;
  traffic_seen = {};
  operations_seen.clear();
  made.clear();
  made_so_far = 0;
}

Watch::~Watch() {
  const std::lock_guard lock(mutex);
  watching = refusing = false;
}

Traffic Watch::traffic() const {
  const std::lock_guard lock(mutex);
  return traffic_seen;
}

std::vector<std::string> Watch::operations() const {
  const std::lock_guard lock(mutex);
  return operations_seen;
}

}  // namespace dc::test
