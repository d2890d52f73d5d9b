#include "device/host_memory.h"

#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <bit>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#endif

namespace dc::device {

namespace {

constexpr size_t kSmallest =
    64 << 10;                   // bytes of a block that is kept, and mapped alone: what the C library frees seldom leaves the process
constexpr size_t kHeader = 64;  // in front of a block; libtorch wants blocks aligned to this

// What stands in front of a block.
struct Header {
  size_t size;
  bool mapped;
};
static_assert(sizeof(Header) <= kHeader);

// Pages of the system's own, or nullptr.
void* map_pages(size_t bytes) {
#if defined(__unix__) || defined(__APPLE__)
  void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return pages == MAP_FAILED ? nullptr : pages;
#else
  return nullptr;
#endif
}

void unmap_pages(void* pages, size_t bytes) {
#if defined(__unix__) || defined(__APPLE__)
  munmap(pages, bytes);
#endif
}

// Sizes are rounded up to eighths of a power of two, so that a size which changes from step to step finds its block again.
size_t rounded(size_t bytes) {
  const size_t step = std::bit_floor(bytes) / 8;
  return (bytes + step - 1) / step * step;
}

class KeepingAllocator final : public c10::Allocator {
 public:
  static KeepingAllocator& instance() {
    static auto* const allocator = new KeepingAllocator;  // never destroyed: tensors may outlive main
    return *allocator;
  }

  // Takes the place of libtorch's own allocator; tensors from before still free themselves through that one.
  void install() {
#if !defined(__SANITIZE_ADDRESS__)  // which would not see a tensor's end inside a kept block
    static const bool once = (c10::SetCPUAllocator(this, /*priority=*/1), true);
    (void)once;
#endif
  }

  void enter() {
    install();
    const std::lock_guard lock(mutex_);
    ++jobs_;
  }

  void leave() {
    const std::lock_guard lock(mutex_);
    if (--jobs_ == 0) release();
  }

  void release_unused() {
    const std::lock_guard lock(mutex_);
    release();
  }

  size_t kept() {
    const std::lock_guard lock(mutex_);
    return kept_;
  }

  c10::DataPtr allocate(size_t bytes) override {
    if (bytes == 0) return {nullptr, nullptr, &KeepingAllocator::free, c10::Device(c10::kCPU)};
    const size_t size = bytes < kSmallest ? bytes : rounded(bytes);
    void* block = bytes < kSmallest ? nullptr : take(size);
    if (block == nullptr) block = fresh(size);
    return {block, block, &KeepingAllocator::free, c10::Device(c10::kCPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &KeepingAllocator::free; }
  void copy_data(void* to, const void* from, size_t count) const override { default_copy_data(to, from, count); }

 private:
  static Header& header_of(void* block) { return *reinterpret_cast<Header*>(static_cast<char*>(block) - kHeader); }

  static void to_system(void* block) {
    const Header header = header_of(block);
    void* base = static_cast<char*>(block) - kHeader;
    if (header.mapped) {
      unmap_pages(base, header.size + kHeader);
    } else {
      c10::free_cpu(base);
    }
  }

  void* fresh(size_t size) {
    void* base = size < kSmallest ? nullptr : map_pages(size + kHeader);
    const bool mapped = base != nullptr;
    if (!mapped) {
      try {
        base = c10::alloc_cpu(size + kHeader);
      } catch (const c10::Error&) {  // no memory: what is kept may do
        release_unused();
        base = c10::alloc_cpu(size + kHeader);
      }
    }
    void* block = static_cast<char*>(base) + kHeader;
    header_of(block) = {.size = size, .mapped = mapped};
    return block;
  }

  void* take(size_t size) {
    const std::lock_guard lock(mutex_);
    const auto found = unused_.find(size);
    if (found == unused_.end() || found->second.empty()) return nullptr;
    void* block = found->second.back();
    found->second.pop_back();
    kept_ -= size;
    return block;
  }

  bool keep(void* block, size_t size) {
    const std::lock_guard lock(mutex_);
    if (jobs_ == 0) return false;
    unused_[size].push_back(block);
    kept_ += size;
    return true;
  }

  static void free(void* block) {
    if (block == nullptr) return;
    const size_t size = header_of(block).size;
    if (size < kSmallest || !instance().keep(block, size)) to_system(block);
  }

  void release() {
    for (auto& [size, blocks] : unused_) {
      for (void* block : blocks) to_system(block);
    }
    unused_.clear();
    kept_ = 0;
  }

  std::mutex mutex_;
  int64_t jobs_ = 0;
  size_t kept_ = 0;
  std::unordered_map<size_t, std::vector<void*>> unused_;
};

}  // namespace

HostMemoryScope::HostMemoryScope() { KeepingAllocator::instance().enter(); }
HostMemoryScope::~HostMemoryScope() { KeepingAllocator::instance().leave(); }

void release_host_memory() { KeepingAllocator::instance().release_unused(); }
size_t kept_host_memory() { return KeepingAllocator::instance().kept(); }

}  // namespace dc::device
