#pragma once
// to_text: a tensor as people read it, after PyTorch's fashion.
//
//   tensor([[ 1.0000,  2.5000],
//           [-3.0000,     nan]], dtype=float32, shape=[2, 2])
//
// One format for all elements: whole numbers with a dot, else `precision` digits, else an exponent (where magnitudes differ
// by more than a thousand, or one is above 1e8 or below 1e-4). Columns are as wide as the widest element shown. Above
// `threshold` elements only the first and last `edge_items` of each dimension are shown, and only these are read.
// Lines break at `line_width`. Independent of the locale; a text that memory cannot hold is cut off.
// For std::ostream see io/ostream.hpp.
#include <tenon/core/convert.hpp>
#include <tenon/core/tensor.hpp>

#include <charconv>
#include <cmath>

namespace tenon::inline v0 {

struct print_options {
  int precision = 4;                       // digits behind the point
  index_t threshold = 1000;
  index_t edge_items = 3;
  index_t line_width = 80;
};

namespace detail::print {

// An element of any dtype, without loss.
struct cell {
  double re = 0, im = 0;
  std::int64_t whole = 0;
};

using reader = cell (*)(const std::byte*);

inline reader reader_of(dtype type) {
  return visit(type, []<class T>(type_tag<T>) -> reader {
    return [](const std::byte* p) -> cell {
      T x;
      std::memcpy(static_cast<void*>(&x), p, sizeof(T));
      if constexpr (complex_type<T>)
        return {static_cast<double>(x.real()), static_cast<double>(x.imag()), 0};
      else if constexpr (std::is_integral_v<T>)
        return {0, 0, static_cast<std::int64_t>(x)};
      else
        return {static_cast<double>(x), 0, 0};
    };
  });
}

struct digits {
  char text[64];
  int length = 0;
  void append(const char* s) {
    for (; *s != '\0' && length < 63; ++s) text[length++] = *s;
  }
  std::string_view view() const { return {text, static_cast<std::size_t>(length)}; }
};

// How the numbers of a tensor (or their real, or imaginary parts) are written.
struct number_format {
  int precision;
  bool all_whole = true;
  double largest = 0, smallest = HUGE_VAL;             // magnitudes other than 0

  void see(double x) {
    if (!std::isfinite(x) || x == 0) return;
    const double magnitude = std::fabs(x);
    all_whole = all_whole && magnitude == std::floor(magnitude);
    largest = std::fmax(largest, magnitude);
    smallest = std::fmin(smallest, magnitude);
  }
  bool scientific() const { return largest > 1e8 || largest > 1000 * smallest || (!all_whole && smallest < 1e-4); }

  void write(double x, digits& d) const {
    if (std::isnan(x)) return d.append("nan");
    if (std::isinf(x)) return d.append(x < 0 ? "-inf" : "inf");
    const bool exponent = scientific();
    const auto style = exponent ? std::chars_format::scientific : std::chars_format::fixed;
    const auto r = std::to_chars(d.text + d.length, d.text + 63, x, style, all_whole && !exponent ? 0 : precision);
    d.length = static_cast<int>(r.ptr - d.text);
    if (all_whole && !exponent) d.append(".");
  }
};

class printer {
 public:
  printer(text& out, const any_tensor& x, const print_options& o)
      : out_(out), x_(x), options_(o), read_(reader_of(x.dtype())), summarise_(x.numel() > o.threshold) {
    if (options_.precision < 0) options_.precision = 0;
    if (options_.precision > 20) options_.precision = 20;
    if (options_.edge_items < 1) options_.edge_items = 1;
    real_.precision = imaginary_.precision = options_.precision;
  }

  void run() {
    out_ << "tensor(";
    if (x_.device() != tenon::device::cpu) {
      out_ << "..., device=" << x_.where();
    } else if (x_.numel() == 0) {
      out_ << "[]";
    } else {
      walk(0, x_.bytes(), [this](const cell& c) {
        real_.see(c.re);
        imaginary_.see(c.im);
      });
      walk(0, x_.bytes(), [this](const cell& c) {
        const int length = written(c).length;
        if (length > width_) width_ = length;
      });
      print(0, x_.bytes());
    }
    suffix("dtype=", name_of(x_.dtype()));
    suffix("shape=", make_text(x_.shape()).view());
    out_ << ")";
  }

 private:
  static constexpr index_t indent = 7;                         // of "tensor("

  bool cut(int d) const { return summarise_ && x_.size(d) > 2 * options_.edge_items; }
  const std::byte* at(int d, const std::byte* p, index_t i) const { return p + i * x_.stride(d) * size_of(x_.dtype()); }

  // f(index) for those indices of dimension d that are shown; gap() between the two ends of a shortened one.
  template <class F, class Gap>
  void indices(int d, F f, Gap gap) const {
    const index_t n = x_.size(d), edge = options_.edge_items;
    for (index_t i = 0; i < n; ++i) {
      if (cut(d) && i == edge) {
        gap();
        i = n - edge;
      }
      f(i);
    }
  }
  template <class F>
  void walk(int d, const std::byte* p, F f) const {
    if (d == x_.rank()) return f(read_(p));
    indices(d, [&](index_t i) { walk(d + 1, at(d, p, i), f); }, [] {});
  }

  digits written(const cell& c) const {
    digits d;
    if (x_.dtype() == dtype::boolean) {
      d.append(c.whole != 0 ? "true" : "false");
    } else if (is_integer(x_.dtype())) {
      d.length = static_cast<int>(std::to_chars(d.text, d.text + 63, c.whole).ptr - d.text);
    } else {
      real_.write(c.re, d);
      if (is_complex(x_.dtype())) {
        if (!std::signbit(c.im) || std::isnan(c.im)) d.append("+");
        imaginary_.write(c.im, d);
        d.append("j");
      }
    }
    return d;
  }
  void put(std::string_view s) {
    out_ << s;
    const auto newline = s.rfind('\n');
    column_ = newline == std::string_view::npos ? column_ + static_cast<index_t>(s.size()) : static_cast<index_t>(s.size() - newline) - 1;
  }
  void pad(index_t n) {
    for (; n > 0; --n) put(" ");
  }
  void put_cell(const std::byte* p) {
    const digits d = written(read_(p));
    pad(width_ - d.length);
    put(d.view());
  }

  void print(int d, const std::byte* p) {
    if (d == 0) column_ = indent;
    if (d == x_.rank()) return put_cell(p);
    const bool row = d == x_.rank() - 1;
    const index_t per_line = (options_.line_width - indent - d) / (width_ + 2);
    index_t in_line = 0;
    bool first = true;
    const auto separate = [&] {
      if (first) {
        first = false;
      } else if (!row) {                                       // blank lines between matrices
        put(",");
        for (int i = d + 1; i < x_.rank(); ++i) put("\n");
        pad(indent + d + 1);
      } else if (in_line >= per_line) {
        put(",\n");
        pad(indent + d + 1);
        in_line = 0;
      } else {
        put(", ");
      }
      ++in_line;
    };
    put("[");
    indices(
        d,
        [&](index_t i) {
          separate();
          row ? put_cell(at(d, p, i)) : print(d + 1, at(d, p, i));
        },
        [&] {
          separate();
          put(row ? " ..." : "...");
        });
    put("]");
  }

  void suffix(const char* name, std::string_view value) {
    const auto length = static_cast<index_t>(std::strlen(name) + value.size());
    if (column_ + length + 3 > options_.line_width) {
      put(",\n");
      pad(indent);
    } else {
      put(", ");
    }
    put(name);
    put(value);
  }

  text& out_;
  const any_tensor& x_;
  print_options options_;
  reader read_;
  bool summarise_;
  number_format real_{4}, imaginary_{4};
  int width_ = 0;
  index_t column_ = indent + 2;                                // behind what is on the line so far
};

}  // namespace detail::print

inline text to_text(const any_tensor& x, const print_options& options = {}) {
  text t;
  if (!x.defined()) return std::move(t << "tensor(undefined)");
  detail::print::printer(t, x, options).run();
  return t;
}
inline text to_text(const tenon::error& e) { return make_text("error: ", e.message()); }
// The value of a result, or its error.
template <class T>
  requires std::is_convertible_v<const T&, const any_tensor&>
text to_text(const result<T>& r, const print_options& options = {}) {
  return r ? to_text(*r, options) : to_text(r.error());
}

}  // namespace tenon::inline v0
