#include "stand_in_memory.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/SparseCsrTensorUtils.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/Allocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <set>

#include "stand_in.h"

namespace dc::test {

namespace {

constexpr c10::DeviceIndex kDevices = 2;
constexpr uintptr_t kTag = uintptr_t{1} << 62;  // makes an address that no process has

thread_local c10::DeviceIndex current = 0;
thread_local c10::StreamId streams[kDevices] = {};

std::atomic<int64_t> in_use{0}, limit{std::numeric_limits<int64_t>::max()};

void* tagged(void* address) { return address ? reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(address) | kTag) : nullptr; }

// What stands behind a storage of the device.
struct Memory {
  c10::Storage host;
  int64_t bytes;
};

std::mutex mutex;
std::set<const Memory*> alive;

void take(int64_t bytes) {
  const int64_t before = in_use.fetch_add(bytes);
  if (bytes <= 0 || before + bytes <= limit) return;
  in_use -= bytes;
  TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory. Tried to allocate ", bytes, " bytes. The stand-in has ", limit - before,
                   " bytes free");
}

void release(void* context) {
  auto* memory = static_cast<Memory*>(context);
  {
    const std::lock_guard lock(mutex);
    alive.erase(memory);
  }
  in_use -= memory->bytes;
  delete memory;
}

c10::DataPtr data_of(const c10::Storage& host, c10::DeviceIndex index) {
  const auto bytes = static_cast<int64_t>(host.nbytes());
  take(bytes);
  auto* memory = new Memory{host, bytes};
  {
    const std::lock_guard lock(mutex);
    alive.insert(memory);
  }
  return {tagged(host.mutable_data()), memory, &release, c10::Device(at::kCUDA, index)};
}

Memory& memory_of(const c10::Storage& device) {
  Memory* memory = device.data_ptr().cast_context<Memory>(&release);
  TORCH_CHECK(memory, "The stand-in did not make this tensor");
  return *memory;
}

class Allocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    c10::Allocator* host = c10::GetAllocator(at::kCPU);
    return data_of(c10::Storage(c10::Storage::use_byte_size_t(), bytes, host->allocate(bytes), host, /*resizable=*/true), current);
  }
  c10::DeleterFnPtr raw_deleter() const override { return nullptr; }
  void copy_data(void* to, const void* from, std::size_t count) const override {
    const auto host = [](const void* address) { return reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(address) & ~kTag); };
    default_copy_data(host(to), host(from), count);
  }
};

Allocator& allocator() {
  static Allocator one;
  return one;
}

// The device's generator is one of the CPU.
class StandInGenerator final : public c10::GeneratorImpl {
 public:
  StandInGenerator(c10::DeviceIndex index, at::Generator host)
      : GeneratorImpl(c10::Device(at::kCUDA, index), c10::DispatchKeySet(c10::DispatchKey::CUDA)),
        host_(std::move(host)) {}

  const at::Generator& host() const { return host_; }

  void set_current_seed(uint64_t seed) override { host_.set_current_seed(seed); }
  uint64_t current_seed() const override { return host_.current_seed(); }
  uint64_t seed() override { return const_cast<at::Generator&>(host_).seed(); }
  void set_offset(uint64_t) override { TORCH_CHECK(false, "The stand-in's generator has no offset"); }
  uint64_t get_offset() const override { TORCH_CHECK(false, "The stand-in's generator has no offset"); }
  void set_state(const c10::TensorImpl& state) override { host_.unsafeGetGeneratorImpl()->set_state(state); }
  c10::intrusive_ptr<c10::TensorImpl> get_state() const override { return host_.get_state().getIntrusivePtr(); }

 private:
  GeneratorImpl* clone_impl() const override { return new StandInGenerator(device_.index(), host_.clone()); }
  at::Generator host_;
};

at::Generator new_generator(c10::DeviceIndex index) {
  return at::make_generator<StandInGenerator>(index < 0 ? current : index, at::make_generator<at::CPUGeneratorImpl>());
}

class Guard final : public c10::impl::DeviceGuardImplInterface {
 public:
  c10::DeviceType type() const override { return at::kCUDA; }
  c10::Device exchangeDevice(c10::Device device) const override {
    const c10::Device before = getDevice();
    setDevice(device);
    return before;
  }
  c10::Device getDevice() const override { return {at::kCUDA, current}; }
  void setDevice(c10::Device device) const override {
    TORCH_CHECK(device.index() < kDevices, "CUDA error: invalid device ordinal");
    if (device.has_index()) current = device.index();
  }
  void uncheckedSetDevice(c10::Device device) const noexcept override { current = device.index(); }
  c10::Stream getStream(c10::Device device) const override { return stream(device, streams[device.index()]); }
  c10::Stream getDefaultStream(c10::Device device) const override { return stream(device, 0); }
  c10::Stream getStreamFromGlobalPool(c10::Device device, bool) const override { return stream(device, 1); }
  c10::Stream exchangeStream(c10::Stream next) const override {
    const c10::Stream before = getStream(next.device());
    streams[next.device_index()] = next.id();
    return before;
  }
  c10::DeviceIndex deviceCount() const noexcept override { return kDevices; }
  void record(void**, const c10::Stream&, const c10::DeviceIndex, const c10::EventFlag) const override {}
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override { return true; }
  bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream&) const override {}
  void synchronizeDevice(const c10::DeviceIndex) const override {}

 private:
  static c10::Stream stream(c10::Device device, c10::StreamId id) { return c10::Stream(c10::Stream::UNSAFE, device, id); }
};

class Hooks final : public at::CUDAHooksInterface {
 public:
  explicit Hooks(at::CUDAHooksArgs) {}
  void init() const override {}
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasCUDA() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return kDevices; }
  c10::DeviceIndex current_device() const override { return current; }
  c10::DeviceIndex getCurrentDevice() const override { return current; }
  int getNumGPUs() const override { return kDevices; }
  const at::Generator& getDefaultGenerator(c10::DeviceIndex index) const override { return default_generator(index); }
  at::Generator getNewGenerator(c10::DeviceIndex index) const override { return new_generator(index); }
  at::Device getDeviceFromPtr(void*) const override { return {at::kCUDA, current}; }
};

// At the start of the process: torch remembers its first answer about CUDA.
const bool installed = [] {
  c10::SetAllocator(at::kCUDA, &allocator(), 255);
  static const c10::impl::DeviceGuardImplRegistrar guard(at::kCUDA, new Guard);
  at::CUDAHooksRegistry()->Register("CUDAHooks", [](at::CUDAHooksArgs arguments) -> std::unique_ptr<at::CUDAHooksInterface> {
    return std::make_unique<Hooks>(arguments);
  });
  return true;
}();

}  // namespace

c10::DeviceIndex current_device() { return current; }

int64_t device_memory() { return in_use; }
MemoryLimit::MemoryLimit(int64_t bytes) { limit = bytes; }
MemoryLimit::~MemoryLimit() { limit = std::numeric_limits<int64_t>::max(); }

const at::Generator& default_generator(c10::DeviceIndex index) {
  static const std::array<at::Generator, kDevices> generators{new_generator(0), new_generator(1)};
  return generators[index < 0 ? current : index];
}

at::Generator host_generator(const at::Generator& generator, const c10::Device& device) {
  TORCH_CHECK(generator.device() == device, "Expected a '", device, "' generator but found one of '", generator.device(), "'");
  return static_cast<const StandInGenerator*>(generator.unsafeGetGeneratorImpl())->host();
}

void copy_state(const at::Generator& from, const at::Generator& to) { at::Generator(to).set_state(from.get_state()); }

MemorySnapshot::MemorySnapshot() {
  const std::lock_guard lock(mutex);
  for (const Memory* memory : alive)
    bytes_.emplace_back(memory->host, std::string(static_cast<const char*>(memory->host.data()), memory->host.nbytes()));
}

void MemorySnapshot::put_back() const {
  for (const auto& [host, bytes] : bytes_) std::copy(bytes.begin(), bytes.end(), static_cast<char*>(host.mutable_data()));
}

c10::Storage device_storage(const c10::Storage& host, c10::DeviceIndex index) {
  return {c10::Storage::use_byte_size_t(), host.nbytes(), data_of(host, index), &allocator(), /*resizable=*/true};
}

at::Tensor on_host(const at::Tensor& device) {
  if (device.layout() == at::kSparseCsr) {
    const auto* csr = at::sparse_csr::get_sparse_csr_impl(device);
    const at::AutoDispatchBelowADInplaceOrView below;
    return at::_sparse_csr_tensor_unsafe(on_host(csr->compressed_indices()), on_host(csr->plain_indices()), on_host(csr->values()),
                                         device.sizes());
  }
  auto impl = c10::make_intrusive<c10::TensorImpl>(c10::Storage(memory_of(device.storage()).host),
                                                   c10::DispatchKeySet(c10::DispatchKey::CPU), device.dtype());
  impl->set_sizes_and_strides(device.sizes(), device.strides(), device.storage_offset());
  if (device.unsafeGetTensorImpl()->is_wrapped_number()) impl->set_wrapped_number(true);
  return at::Tensor(std::move(impl));
}

at::Tensor on_device(const at::Tensor& host, const c10::Storage& storage) {
  auto impl = c10::make_intrusive<c10::TensorImpl>(c10::Storage(storage), c10::DispatchKeySet(c10::DispatchKey::CUDA), host.dtype());
  impl->set_sizes_and_strides(host.sizes(), host.strides(), host.storage_offset());
  if (host.unsafeGetTensorImpl()->is_wrapped_number()) impl->set_wrapped_number(true);
  return at::Tensor(std::move(impl));
}

void follow(const at::Tensor& host, const at::Tensor& device) {
  if (host.layout() != at::kStrided) return;
  const c10::Storage& storage = device.storage();
  Memory& memory = memory_of(storage);
  const auto bytes = static_cast<int64_t>(memory.host.nbytes());
  if (bytes != memory.bytes || tagged(memory.host.mutable_data()) != storage.data()) {
    c10::DataPtr grown = data_of(memory.host, device.get_device());
    storage.unsafeGetStorageImpl()->set_nbytes(memory.host.nbytes());
    storage.unsafeGetStorageImpl()->set_data_ptr_noswap(std::move(grown));
  }
  if (host.sizes() != device.sizes() || host.strides() != device.strides()) {
    device.unsafeGetTensorImpl()->set_sizes_and_strides(host.sizes(), host.strides(), host.storage_offset());
  }
}

}  // namespace dc::test
