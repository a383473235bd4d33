#pragma once
// result<T>: a value or an error. The interface of std::expected<T, error>, with one type under every -std.
//
// Where std::expected is undefined, this is not: error() of a good result is error_code::none, and reading the value of
// a failed one (*r, r->, value(), unwrap) throws bad_result_access, or prints the message and aborts under
// -fno-exceptions. Nothing else in the library throws or aborts.
#include <tenon/core/error.hpp>

#include <concepts>
#include <type_traits>
#include <utility>
#if defined(__cpp_exceptions)
#include <exception>
#endif
#if __has_include(<version>)
#include <version>
#endif
#if defined(__cpp_lib_expected)
#include <expected>
#endif

namespace tenon::inline v0 {

template <class T>
class result;

template <class X>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<result<T>> = true;

#if defined(__cpp_exceptions)
class bad_result_access : public std::exception {
 public:
  explicit bad_result_access(tenon::error e) noexcept : error_(std::move(e)) {}
  const char* what() const noexcept override { return error_.message().data(); }
  const tenon::error& error() const noexcept { return error_; }

 private:
  tenon::error error_;
};
#endif

inline namespace TENON_BUILD {
// Never inlined, so that a look at an object's symbols shows that nothing else ends the process.
[[noreturn, gnu::noinline, gnu::cold]] inline void fail(const error& e) {
#if defined(__cpp_exceptions)
  throw bad_result_access(e);
#else
  if (e.file()) std::fprintf(stderr, "%s:%d: ", e.file(), e.line());
  std::fprintf(stderr, "%s\n", e.message().data());
  std::abort();
#endif
}
}  // namespace TENON_BUILD

namespace detail {
template <class X>
concept expected_like = requires(const X& x) {
  typename X::value_type;
  typename X::error_type;
  typename X::unexpected_type;
  { x.has_value() } -> std::same_as<bool>;
};
struct nothing {};
}  // namespace detail

template <class T>
class TENON_MUST_USE result {
  static constexpr bool holds_void = std::is_void_v<T>;
  using stored = std::conditional_t<holds_void, detail::nothing, T>;

 public:
  using value_type = T;
  using error_type = tenon::error;

  result()
    requires holds_void
      : value_{}, good_(true) {}
  result(tenon::error e) noexcept : error_(std::move(e)), good_(false) {}
  TENON_ALWAYS_INLINE result(stored&& value)
    requires(!holds_void)
      : value_(std::move(value)), good_(true) {}
  TENON_ALWAYS_INLINE result(const stored& value)
    requires(!holds_void && std::is_copy_constructible_v<stored>)
      : value_(value), good_(true) {}
  template <class U>
    requires(!holds_void && !is_result<std::remove_cvref_t<U>> && !std::is_same_v<std::remove_cvref_t<U>, tenon::error> &&
             !std::is_same_v<std::remove_cvref_t<U>, stored> && !detail::expected_like<std::remove_cvref_t<U>> &&
             std::is_convertible_v<U, stored>)
  result(U&& value) : value_(std::forward<U>(value)), good_(true) {}
  // From another result whose value converts, and from std::expected or tl::expected that hold an error.
  template <class U>
    requires(!std::is_same_v<U, T> && !std::is_void_v<U> && std::is_convertible_v<U, stored>)
  result(result<U> other) : good_(other.has_value()) {
    if (good_)
      ::new (&value_) stored(std::move(*other));
    else
      ::new (&error_) tenon::error(std::move(other).error());
  }
  template <detail::expected_like E>
    requires(std::is_same_v<typename E::value_type, T> && std::is_same_v<typename E::error_type, tenon::error>)
  result(E other) : good_(other.has_value()) {
    if (!good_)
      ::new (&error_) tenon::error(std::move(other).error());
    else if constexpr (holds_void)
      ::new (&value_) stored{};
    else
      ::new (&value_) stored(std::move(*other));
  }

  result(const result& other)
    requires std::is_copy_constructible_v<stored>
      : good_(other.good_) {
    construct(other);
  }
  result(result&& other) noexcept : good_(other.good_) { construct(std::move(other)); }
  result& operator=(result other) noexcept {
    destroy();
    good_ = other.good_;
    construct(std::move(other));
    return *this;
  }
  // An error in the place of what was there. (A template, so that `r = {}` is a result's.)
  template <std::same_as<tenon::error> E>
  result& operator=(E e) noexcept {
    destroy();
    good_ = false;
    ::new (&error_) tenon::error(std::move(e));
    return *this;
  }
  ~result() { destroy(); }

  bool has_value() const noexcept { return good_; }
  explicit operator bool() const noexcept { return good_; }

  // Inlined always: what happens on an error depends on -fno-exceptions, and files built with and without it may meet.
  TENON_ALWAYS_INLINE stored& operator*() & { return good(); }
  TENON_ALWAYS_INLINE const stored& operator*() const& { return const_cast<result*>(this)->good(); }
  TENON_ALWAYS_INLINE stored&& operator*() && { return std::move(good()); }
  TENON_ALWAYS_INLINE stored* operator->() { return __builtin_addressof(good()); }
  TENON_ALWAYS_INLINE const stored* operator->() const { return __builtin_addressof(const_cast<result*>(this)->good()); }
  TENON_ALWAYS_INLINE stored& value() & { return good(); }
  TENON_ALWAYS_INLINE const stored& value() const& { return **this; }
  TENON_ALWAYS_INLINE stored&& value() && { return std::move(good()); }

  tenon::error error() const& noexcept { return good_ ? tenon::error() : error_; }
  tenon::error error() && noexcept { return good_ ? tenon::error() : std::move(error_); }

  template <class U>
  stored value_or(U&& other) const& {
    return good_ ? value_ : static_cast<stored>(std::forward<U>(other));
  }
  template <class U>
  stored value_or(U&& other) && {
    return good_ ? std::move(value_) : static_cast<stored>(std::forward<U>(other));
  }
  // f(value) -> result<U>, called only on a value.
  template <class F>
  auto and_then(F&& f) && {
    using R = std::remove_cvref_t<decltype(apply(f))>;
    return good_ ? apply(f) : R(std::move(error_));
  }
  template <class F>
  auto and_then(F&& f) const& {
    return result(*this).and_then(std::forward<F>(f));
  }
  // f(value) -> U, wrapped into result<U>.
  template <class F>
  auto transform(F&& f) && {
    using U = decltype(apply(f));
    if (!good_) return result<U>(std::move(error_));
    if constexpr (std::is_void_v<U>) {
      apply(f);
      return result<U>();
    } else {
      return result<U>(apply(f));
    }
  }
  template <class F>
  auto transform(F&& f) const& {
    return result(*this).transform(std::forward<F>(f));
  }
  // f(error) -> result<T>, called only on an error.
  template <class F>
  result or_else(F&& f) && {
    return good_ ? std::move(*this) : f(std::move(error_));
  }
  template <class F>
  result or_else(F&& f) const& {
    return result(*this).or_else(std::forward<F>(f));
  }

#if defined(__cpp_lib_expected)
  operator std::expected<T, tenon::error>() && {
    if (!good_) return std::unexpected(std::move(error_));
    if constexpr (holds_void)
      return {};
    else
      return std::move(value_);
  }
#endif

 private:
  template <class F>
  decltype(auto) apply(F& f) {
    if constexpr (holds_void)
      return f();
    else
      return f(std::move(value_));
  }
  template <class Other>
  void construct(Other&& other) {
    if (good_)
      ::new (&value_) stored(std::forward<Other>(other).value_);
    else
      ::new (&error_) tenon::error(std::forward<Other>(other).error_);
  }
  void destroy() noexcept {
    if (good_)
      value_.~stored();
    else
      error_.~error();
  }
  TENON_ALWAYS_INLINE stored& good() {
    if (!good_) fail(error_);
    return value_;
  }

  union {
    stored value_;
    tenon::error error_;
  };
  bool good_;
};

inline namespace TENON_BUILD {
// The value, for scripts and examples: where an error would end the program anyway.
template <class T>
T unwrap(result<T> r, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (!r) fail(std::move(r).error().passed(file, line));
  if constexpr (!std::is_void_v<T>) return *std::move(r);
}
}  // namespace TENON_BUILD

}  // namespace tenon::inline v0

// TENON_TRY(auto y, f(x));   declares y from the value of f(x), or returns its error from the enclosing function.
// TENON_TRY_VOID(f(x));      the same where there is no value to keep.
#define TENON_TRY(declaration, ...) TENON_TRY_(TENON_CONCAT(tenon_result_, __LINE__), declaration, __VA_ARGS__)
#define TENON_TRY_(name, declaration, ...)                                     \
  auto name = (__VA_ARGS__);                                                   \
  if (!name) [[unlikely]]                                                      \
    return ::tenon::error(std::move(name).error().passed(__FILE__, __LINE__)); \
  declaration = *std::move(name)
#define TENON_TRY_VOID(...)                                                                             \
  do {                                                                                                  \
    if (auto tenon_result = (__VA_ARGS__); !tenon_result) [[unlikely]]                                  \
      return ::tenon::error(std::move(tenon_result).error().passed(__FILE__, __LINE__));                \
  } while (false)
#define TENON_CONCAT_(a, b) a##b
#define TENON_CONCAT(a, b) TENON_CONCAT_(a, b)
