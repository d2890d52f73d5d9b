#include "device/host_memory.h"

#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <bit>
#include <deque>
#include <list>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#endif

#include "error.h"

namespace dc::device {

namespace {

constexpr size_t kSmallest =
    64 << 10;                    // bytes of a block that is kept, and mapped alone: what the C library frees seldom leaves the process
constexpr size_t kMostKept = 2;  // times what was in use at once
constexpr size_t kHeader = 64;   // in front of a block; libtorch wants blocks aligned to this

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

// Blocks that are not in use, the one freed first in front.
class UnusedBlocks {
 public:
  void put(void* block, size_t size) {
    by_age_.push_back({block, size});
    by_size_[size].push_back(std::prev(by_age_.end()));
    bytes_ += size;
  }

  // The one of this size that was freed last, whose pages are the likeliest to be in the cache; or nullptr.
  void* take(size_t size) {
    const auto found = by_size_.find(size);
    if (found == by_size_.end() || found->second.empty()) return nullptr;
    const auto entry = found->second.back();
    found->second.pop_back();
    return remove(entry);
  }

  // The one that was freed first.
  void* take_oldest() {
    const auto entry = by_age_.begin();
    by_size_[entry->size].pop_front();
    return remove(entry);
  }

  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    void* block;
    size_t size;
  };

  void* remove(std::list<Entry>::iterator entry) {
    void* block = entry->block;
    bytes_ -= entry->size;
    by_age_.erase(entry);
    return block;
  }

  std::list<Entry> by_age_;
  std::unordered_map<size_t, std::deque<std::list<Entry>::iterator>> by_size_;
  size_t bytes_ = 0;
};

// Keeps no more unused bytes than twice what was in use at once since the job, or its phase, began. The blocks of a step are all kept
// (measured: 0.3 to 0.95 times what is in use; graphs take more than once), while temporaries of ever other sizes do not add up.
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
    if (jobs_++ == 0) most_used_ = used_;
  }

  void leave() {
    const std::lock_guard lock(mutex_);
    if (--jobs_ == 0) release();
  }

  void release_unused() {
    const std::lock_guard lock(mutex_);
    release();
  }

  HostMemory report() {
    const std::lock_guard lock(mutex_);
    return {.kept = unused_.bytes(), .used = used_, .most_used = most_used_, .blocks_from_system = from_system_};
  }

  c10::DataPtr allocate(size_t bytes) override {
    if (bytes == 0) return {nullptr, nullptr, &KeepingAllocator::free, c10::Device(c10::kCPU)};
    void* block = bytes < kSmallest ? from_system(bytes) : large(rounded(bytes));
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

  // A block of at least kSmallest bytes, kept or new.
  void* large(size_t size) {
    {
      const std::lock_guard lock(mutex_);
      void* block = unused_.take(size);
      if (block == nullptr) ++from_system_;
      used_ += size;
      most_used_ = std::max(most_used_, used_);
      if (block != nullptr) return block;
    }
    try {
      return from_system(size);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      used_ -= size;
      throw;
    }
  }

  void* from_system(size_t size) {
    void* base = size < kSmallest ? nullptr : map_pages(size + kHeader);
    const bool mapped = base != nullptr;
    if (!mapped) base = from_library(size + kHeader);
    void* block = static_cast<char*>(base) + kHeader;
    header_of(block) = {.size = size, .mapped = mapped};
    return block;
  }

  void* from_library(size_t bytes) {
    try {
      return c10::alloc_cpu(bytes);
    } catch (const c10::Error&) {
      release_unused();  // what is kept may do
    }
    try {
      return c10::alloc_cpu(bytes);
    } catch (const c10::Error&) {
      throw Error("ERR_OUT_OF_MEMORY",
                  "The host has no memory left for " + std::to_string(bytes) + " bytes: give it less data at once, or a smaller model",
                  {.device = "cpu", .required_bytes = bytes});
    }
  }

  static void free(void* block) {
    if (block == nullptr) return;
    const size_t size = header_of(block).size;
    if (size < kSmallest) return to_system(block);
    for (void* superfluous : instance().keep(block, size)) to_system(superfluous);
  }

  // Returns what is not to be kept any longer.
  std::vector<void*> keep(void* block, size_t size) {
    const std::lock_guard lock(mutex_);
    used_ -= size;
    if (jobs_ == 0) return {block};
    unused_.put(block, size);
    std::vector<void*> superfluous;
    while (unused_.bytes() > kMostKept * most_used_) superfluous.push_back(unused_.take_oldest());
    return superfluous;
  }

  void release() {
    while (unused_.bytes() > 0) to_system(unused_.take_oldest());
    most_used_ = used_;
  }

  std::mutex mutex_;
  int64_t jobs_ = 0;
  int64_t from_system_ = 0;
  size_t used_ = 0;       // in blocks of at least kSmallest bytes
  size_t most_used_ = 0;  // at once
  UnusedBlocks unused_;
};

}  // namespace

HostMemoryScope::HostMemoryScope() { KeepingAllocator::instance().enter(); }
HostMemoryScope::~HostMemoryScope() { KeepingAllocator::instance().leave(); }

void release_host_memory() { KeepingAllocator::instance().release_unused(); }
HostMemory host_memory() { return KeepingAllocator::instance().report(); }

}  // namespace dc::device
