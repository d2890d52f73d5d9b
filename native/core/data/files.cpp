#include "data/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "error.h"
#include "loops/finite_loops.h"

namespace dc::data {

namespace {

std::vector<int64_t> shape_of(const std::vector<FileRange>& files, const std::vector<int64_t>& item_shape) {
  int64_t n = 0;
  for (const FileRange& file : files) n += file.items;
  std::vector<int64_t> shape{n};
  shape.insert(shape.end(), item_shape.begin(), item_shape.end());
  return shape;
}

[[noreturn]] void cannot_read(const std::string& path, const std::string& why) {
  throw Error("ERR_FILE_READ", "Cannot read `" + path + "`: " + why, {.path = path});
}

int open_file(const std::string& path) {
  const int handle = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle >= 0) return handle;
  const int error = errno;
  if (error == ENOENT) throw Error("ERR_FILE_NOT_FOUND", "Cannot read `" + path + "`: there is no such file", {.path = path});
  cannot_read(path, std::strerror(error));
}

}  // namespace

Files::Files(std::vector<FileRange> files, const std::vector<int64_t>& item_shape, at::ScalarType type, at::Device device)
    : Dataset(shape_of(files, item_shape), device, type) {
  int64_t first = 0;
  try {
    for (FileRange& range : files) {
      if (range.items == 0) continue;
      const int handle = open_file(range.path);
      files_.push_back({std::move(range), first, handle});
      const FileRange& file = files_.back().range;
      first += file.items;
      struct stat facts{};
      if (fstat(handle, &facts) != 0) cannot_read(file.path, std::strerror(errno));
      if (facts.st_size < file.offset + file.items * row_bytes()) {
        throw Error("ERR_FILE_FORMAT",
                    "`" + file.path + "` has " + std::to_string(facts.st_size) + " bytes, fewer than its " + std::to_string(file.items) +
                        " items take: it was cut since it was looked at",
                    {.path = file.path});
      }
    }
  } catch (...) {
    for (const Open& file : files_) close(file.handle);
    throw;
  }
}

Files::~Files() {
  for (const Open& file : files_) close(file.handle);
}

const Files::Open& Files::file_of(int64_t row) const {
  return *(std::upper_bound(files_.begin(), files_.end(), row, [](int64_t wanted, const Open& file) { return wanted < file.first; }) - 1);
}

void Files::fetch(int64_t begin, int64_t end, char* to) const {
  while (begin < end) {
    const Open& file = file_of(begin);
    const int64_t last = std::min(end, file.first + file.range.items);
    int64_t at = file.range.offset + (begin - file.first) * row_bytes(), left = (last - begin) * row_bytes();
    while (left > 0) {
      const ssize_t done = pread(file.handle, to, static_cast<size_t>(left), at);
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0)
        cannot_read(file.range.path, done < 0 ? std::strerror(errno) : "it ends before its last item: it was cut while it was read");
      to += done;
      at += done;
      left -= done;
    }
    begin = last;
  }
}

void Files::check_finite(const at::Tensor& rows, const std::function<int64_t(int64_t)>& item_of) const {
  const int64_t count = rows.numel();
  const int64_t wrong = type() == at::kFloat  ? loops::first_not_finite(static_cast<const uint32_t*>(rows.data_ptr()), count)
                        : type() == at::kHalf ? loops::first_not_finite(static_cast<const uint16_t*>(rows.data_ptr()), count)
                                              : -1;
  if (wrong < 0) return;
  const int64_t item = item_of(wrong / features());
  std::ostringstream message;
  message << "Expected finite numbers for `data[" << item << "][" << wrong % features() << "]` but received "
          << rows.flatten()[wrong].item<double>() << " (in `" << file_of(item).range.path << "`)";
  throw Error("RangeError", message.str());
}

void Files::fetch(const at::Tensor& index, at::Tensor& rows) const {
  const int64_t* items = index.const_data_ptr<int64_t>();
  const int64_t count = index.size(0);
  char* to = static_cast<char*>(rows.data_ptr());
  for (int64_t i = 0; i < count;) {
    int64_t next = i + 1;
    while (next < count && items[next] == items[next - 1] + 1) ++next;  // what lies together is read at once
    fetch(items[i], items[next - 1] + 1, to + i * row_bytes());
    i = next;
  }
  check_finite(rows, [&](int64_t row) { return items[row]; });
}

void Files::announce(const at::Tensor& index) const {
  constexpr int64_t kGap = 16 << 10;  // bytes between rows that are read as one
  const int64_t* items = index.const_data_ptr<int64_t>();
  const int64_t count = index.size(0);
  for (int64_t i = 0; i < count;) {
    const Open& file = file_of(items[i]);
    int64_t next = i + 1;
    while (next < count && (items[next] - items[next - 1]) * row_bytes() <= kGap && items[next] < file.first + file.range.items) ++next;
    const int64_t rows = items[next - 1] + 1 - items[i];
    posix_fadvise(file.handle, file.range.offset + (items[i] - file.first) * row_bytes(), rows * row_bytes(), POSIX_FADV_WILLNEED);
    i = next;
  }
}

at::Tensor Files::stored(int64_t begin, int64_t end) const {
  std::vector<int64_t> shape{end - begin};
  shape.insert(shape.end(), item_shape().begin(), item_shape().end());
  at::Tensor rows = at::empty(shape, type());
  fetch(begin, end, static_cast<char*>(rows.data_ptr()));
  check_finite(rows, [&](int64_t row) { return begin + row; });
  return rows;
}

at::Tensor Files::read(const at::Tensor& index, double factor) const {
  at::Tensor rows = at::empty({index.size(0), features()}, type());
  fetch(index.to(at::kCPU).contiguous(), rows);
  return as_floats(rows, factor, device());
}

at::Tensor Files::read(int64_t begin, int64_t end, double factor) const {
  return as_floats(stored(begin, end).view({end - begin, features()}), factor, device());
}

}  // namespace dc::data
