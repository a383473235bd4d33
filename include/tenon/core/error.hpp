#pragma once
// error: what went wrong, as a value of 16 bytes. A code for programs, a sentence for people.
//
// The sentence names the op, the argument, the shapes and a way out. It lives in one counted block that is allocated
// without exceptions; when memory is full the block is left out and the code speaks alone.
#include <tenon/core/text.hpp>

#include <atomic>
#include <new>

namespace tenon::inline v0 {

enum class error_code : std::uint8_t {
  none,                  // no error; what error() of a good result answers
  invalid_argument,      // an option has a value that the op does not allow
  shape_mismatch,        // shapes do not fit each other, or the op
  dim_out_of_range,      // a dimension number that the tensor does not have
  index_out_of_range,    // an index past the end
  dtype_mismatch,        // a tensor holds another element type than asked for
  device_mismatch,       // operands live on different devices
  device_unavailable,    // the device is not built in, or not present
  unsupported,           // this op has no kernel for that dtype, device or rank
  out_of_memory,         // the allocator refused
  size_overflow,         // a count of elements or bytes does not fit 63 bits
  not_writable,          // the target is read-only memory
  overlapping_memory,    // the target of a write overlaps itself
  non_finite_input,      // NaN or infinity where the algorithm needs numbers
  no_convergence,        // an iteration ended at its cap
  singular_matrix,       // a matrix that must be inverted, or must be positive definite, is not
  device_failure,        // a kernel or a transfer failed on the device
  not_found,             // a file or a named entry does not exist
  io_failure,            // reading or writing a file failed
  invalid_format,        // a file does not hold what its format promises
};

// One sentence for each code; the whole message where details could not be kept.
constexpr const char* describe(error_code code) {
  switch (code) {
    case error_code::none: return "no error";
    case error_code::invalid_argument: return "an option has a value that is not allowed";
    case error_code::shape_mismatch: return "the shapes do not fit";
    case error_code::dim_out_of_range: return "the dimension does not exist";
    case error_code::index_out_of_range: return "the index is out of range";
    case error_code::dtype_mismatch: return "the tensor has another element type";
    case error_code::device_mismatch: return "the operands live on different devices";
    case error_code::device_unavailable: return "the device is not available";
    case error_code::unsupported: return "there is no kernel for this combination";
    case error_code::out_of_memory: return "out of memory";
    case error_code::size_overflow: return "the size does not fit 63 bits";
    case error_code::not_writable: return "the memory is read-only";
    case error_code::overlapping_memory: return "the target overlaps itself";
    case error_code::non_finite_input: return "the input holds NaN or infinity";
    case error_code::no_convergence: return "the iteration did not converge";
    case error_code::singular_matrix: return "the matrix is singular";
    case error_code::device_failure: return "the device reported a failure";
    case error_code::not_found: return "not found";
    case error_code::io_failure: return "reading or writing failed";
    case error_code::invalid_format: return "the data is malformed";
  }
  return "unknown error";
}

// may_alias: an error shares its place with a result's value, and g++ 12 confuses the two. At -O2 it merges the reads of
// their first pointers (both are read when the result dies), and then, by the types, believes that a call which takes the
// value's pointer away (a move constructor that is not inlined) leaves the error's, hence the merged read, as it was: the
// value's memory was then released once more, through a null pointer. Reads and writes of an error alias everything, so that
// there is nothing to confuse. No member may go to another function by reference, where that would be forgotten.
class TENON_MUST_USE [[gnu::may_alias]] error {
 public:
  error() = default;
  explicit error(error_code code) noexcept : code_(code) {}
  // message: "op: what, got and expected". `op` must be a string literal or outlive the program.
  TENON_COLD error(error_code code, const char* op, const text& what) noexcept : code_(code) {
    const std::size_t op_length = std::strlen(op), length = op_length + 2 + what.size();
    void* memory = std::malloc(sizeof(details) + length + 1);
    if (memory == nullptr) return;
    details_ = ::new (memory) details{{1}, op, nullptr, 0, length};
    char* p = details_->message();
    std::memcpy(p, op, op_length);
    std::memcpy(p + op_length, ": ", 2);
    if (what.size() != 0) std::memcpy(p + op_length + 2, what.view().data(), what.size());
    p[length] = '\0';
  }
#if defined(__GNUC__) && !defined(__clang__)           // with sanitizers g++ loses sight of which member of a result lives
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
  error(const error& other) noexcept : details_(other.details_), code_(other.code_) {
    if (details_) details_->count.fetch_add(1, std::memory_order_relaxed);
  }
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
  error(error&& other) noexcept : details_(other.details_), code_(other.code_) { other.details_ = nullptr; }
  error& operator=(error other) noexcept {
    details* const mine = details_;
    details_ = other.details_;
    other.details_ = mine;                                   // released with `other`
    code_ = other.code_;
    return *this;
  }
  ~error() {
    if (details_) release();
  }

  error_code code() const noexcept { return code_; }
  // Zero-terminated; valid as long as this error or a copy of it lives.
  std::string_view message() const noexcept {
    return details_ ? std::string_view(details_->message(), details_->length) : std::string_view(describe(code_));
  }
  // The op that failed first, or "" where it is not known.
  const char* op() const noexcept { return details_ ? details_->op : ""; }
  // Where TENON_TRY or unwrap first saw the error; nullptr and 0 before that.
  const char* file() const noexcept { return details_ ? details_->file.load(std::memory_order_acquire) : nullptr; }
  int line() const noexcept { return file() ? details_->line : 0; }

  TENON_COLD error&& passed(const char* file, int line) && noexcept {
    if (details_ && details_->count.load(std::memory_order_acquire) == 1 && !details_->file.load()) {
      details_->line = line;
      details_->file.store(file, std::memory_order_release);
    }
    return std::move(*this);
  }

  // For what a device found in a call that had returned: whoever waits hands it on, and is not its op.
  error&& of_another_call() && noexcept {
    if (details_) details_->of_another_call = true;
    return std::move(*this);
  }

  // The same sentence, said of another op: the one that the user called, and that is made of the one that failed.
  TENON_COLD error said_of(const char* op) const noexcept {
    if (details_ == nullptr || details_->of_another_call || std::strcmp(details_->op, op) == 0) return *this;
    text what;
    what << part_of(message(), std::strlen(details_->op) + 2);
    error said(code_, op, what);
    if (what.size() == 0 || said.details_ == nullptr) return *this;              // no memory: rather another name than no sentence
    return std::move(said).passed(file(), line());
  }

  friend bool operator==(const error& e, error_code code) noexcept { return e.code_ == code; }

 private:
  struct details {
    std::atomic<int> count;
    const char* op;
    std::atomic<const char*> file;
    int line;
    std::size_t length;
    bool of_another_call = false;
    char* message() { return reinterpret_cast<char*>(this + 1); }
  };
  TENON_COLD void release() noexcept {
    if (details_->count.fetch_sub(1, std::memory_order_acq_rel) == 1) std::free(details_);
  }

  details* details_ = nullptr;
  error_code code_ = error_code::none;
};

static_assert(sizeof(error) <= 16);

}  // namespace tenon::inline v0
