#pragma once
// Files as the readers and writers of this folder use them: opened, read and written completely, or an error that names
// the path and the reason. C stdio; nothing is allocated by a number that the file's real size does not cover.
#include <tenon/core/any_tensor.hpp>

#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/stat.h>

namespace tenon::inline v0::io {

// A path as callers have it: const char*, std::string, and std::filesystem::path where its characters are char.
class file_path {
 public:
  file_path(const char* path) : path_(path ? path : "") {}
  template <class S>
    requires requires(const S& s) {
      { s.c_str() } -> std::same_as<const char*>;
    }
  file_path(const S& s) : path_(s.c_str()) {}
  const char* c_str() const { return path_; }

 private:
  const char* path_;
};

inline text& operator<<(text& t, const file_path& p) { return t << "'" << p.c_str() << "'"; }

namespace detail {

// An open stdio stream, closed with its last owner.
class stream {
 public:
  explicit stream(std::FILE* f = nullptr) : file_(f) {}
  stream(stream&& other) noexcept : file_(std::exchange(other.file_, nullptr)) {}
  stream& operator=(stream&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~stream() {
    if (file_) std::fclose(file_);
  }
  std::FILE* get() const { return file_; }
  bool close() { return std::fclose(std::exchange(file_, nullptr)) == 0; }

 private:
  std::FILE* file_;
};

inline error file_error(const char* op, const file_path& path, const char* what) {
  const int reason = errno;
  const error_code code = reason == ENOENT || reason == ENOTDIR ? error_code::not_found : error_code::io_failure;
  return error(code, op,
               make_text("cannot ", what, " ", path, ": ", reason != 0 ? std::strerror(reason) : "unknown reason"));
}

// The file's content is at fault.
template <class... Parts>
error malformed(const char* op, const file_path& path, const Parts&... parts) {
  text t = make_text(path, ": ");
  (void)(t << ... << parts);
  return error(error_code::invalid_format, op, t);
}

class input_file {
 public:
  static result<input_file> open(const char* op, file_path path) {
    input_file f(op, path);
    struct stat s;
    errno = 0;
    if (::stat(path.c_str(), &s) != 0) return file_error(op, path, "open");
    if ((s.st_mode & S_IFMT) != S_IFREG)                    // a pipe would block, a device need not end
      return error(error_code::io_failure, op, make_text("cannot read ", path, ": it is not a regular file"));
    f.size_ = static_cast<index_t>(s.st_size);
    f.stream_ = stream(std::fopen(path.c_str(), "rb"));
    if (f.stream_.get() == nullptr) return file_error(op, path, "open");
    return f;
  }
  index_t size() const { return size_; }
  // The next n bytes.
  result<void> read(void* to, index_t n) {
    const auto bytes = static_cast<std::size_t>(n);
    errno = 0;
    if (bytes == 0 || std::fread(to, 1, bytes, stream_.get()) == bytes) return {};
    if (std::ferror(stream_.get()) != 0) return file_error(op_, path_, "read");
    return malformed(op_, path_, "the file ended early");
  }

 private:
  input_file(const char* op, file_path path) : op_(op), path_(path) {}
  const char* op_;
  file_path path_;
  stream stream_;
  index_t size_ = 0;
};

class output_file {
 public:
  static result<output_file> create(const char* op, file_path path) {
    output_file f(op, path);
    errno = 0;
    f.stream_ = stream(std::fopen(path.c_str(), "wb"));
    if (f.stream_.get() == nullptr) return file_error(op, path, "create");
    return f;
  }
  result<void> write(const void* from, index_t n) {
    const auto bytes = static_cast<std::size_t>(n);
    errno = 0;
    if (bytes != 0 && std::fwrite(from, 1, bytes, stream_.get()) != bytes) return file_error(op_, path_, "write");
    return {};
  }
  result<void> write(std::string_view s) { return write(s.data(), static_cast<index_t>(s.size())); }
  // What is written last may only fail here.
  result<void> finish() {
    errno = 0;
    if (!stream_.close()) return file_error(op_, path_, "write");
    return {};
  }

 private:
  output_file(const char* op, file_path path) : op_(op), path_(path) {}
  const char* op_;
  file_path path_;
  stream stream_;
};

inline constexpr bool little_endian = std::endian::native == std::endian::little;

// The width of what is swapped when the byte order changes: a complex number is two of them.
constexpr index_t scalar_bytes(dtype t) { return is_complex(t) ? size_of(t) / 2 : size_of(t); }

inline void swap_bytes(std::byte* data, index_t bytes, index_t width) {
  if (width < 2) return;
  for (index_t i = 0; i + width <= bytes; i += width)
    for (index_t k = 0; k < width / 2; ++k) std::swap(data[i + k], data[i + width - 1 - k]);
}

// A bool must hold 0 or 1. Files may hold any byte, and every byte but 0 means true.
inline void normalize_bools(std::byte* data, index_t count) {
  for (index_t i = 0; i < count; ++i) data[i] = data[i] != std::byte{0} ? std::byte{1} : std::byte{0};
}

// What every writer asks of a tensor.
inline result<void> check_savable(const char* op, const any_tensor& x) {
  if (!x.defined())
    return error(error_code::invalid_argument, op,
                 make_text("the handle holds no tensor: it was default-constructed or moved from"));
  if (x.device() != device::cpu)
    return error(error_code::device_mismatch, op,
                 make_text("the tensor is on ", x.where(), "; move it with to(x, device::cpu)"));
  return {};
}

// All elements in C order, little-endian, whatever the strides.
inline result<void> write_elements(output_file& out, const any_tensor& x) {
  const index_t n = x.numel(), item = size_of(x.dtype());
  if (n == 0) return {};
  if (x.contiguous() && little_endian) return out.write(x.bytes(), n * item);
  std::byte buffer[16384];
  const index_t room = static_cast<index_t>(sizeof buffer) / item;
  index_t index[max_rank] = {}, offset = 0, filled = 0;
  for (index_t i = 0; i < n; ++i) {
    std::memcpy(buffer + filled * item, x.bytes() + offset * item, static_cast<std::size_t>(item));
    if (++filled == room || i + 1 == n) {
      if (!little_endian) swap_bytes(buffer, filled * item, scalar_bytes(x.dtype()));
      TENON_TRY_VOID(out.write(buffer, filled * item));
      filled = 0;
    }
    for (int d = x.rank() - 1; d >= 0; --d) {
      offset += x.stride(d);
      if (++index[d] < x.size(d)) break;
      offset -= x.size(d) * x.stride(d);
      index[d] = 0;
    }
  }
  return {};
}

}  // namespace detail

}  // namespace tenon::inline v0::io
