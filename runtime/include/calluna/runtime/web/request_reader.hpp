#pragma once
#include <calluna/bindings/http_door.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace calluna::runtime::web {

/// A request's start line and header fields.
struct request_head {
  std::string method;
  std::string target;
  /// HTTP/1.0; otherwise 1.1.
  bool old = false;
  bool keep_alive = false;
  /// There is a body, of this length or, chunked, of an unknown one.
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool expects_continue = false;
  /// Names in lower case; in their order.
  bindings::http_headers fields;

  /// The value of the first field `name` (lower case); empty if there is none.
  std::string_view field(std::string_view name) const noexcept;
  std::size_t count(std::string_view name) const noexcept;
  /// The values of all fields `name`, joined by commas.
  std::string joined(std::string_view name) const;
  /// Whether the field, a list of words, has this one, whatever its case.
  bool has_word(std::string_view name, std::string_view word) const;
};

/// Reads one request after the other from a client's bytes, in any pieces. Sans-io.
class request_reader {
 public:
  explicit request_reader(std::size_t max_header);
  ~request_reader();
  request_reader(request_reader&&) noexcept;
  request_reader& operator=(request_reader&&) noexcept;

  enum class progress {
    more,    ///< it needs more bytes
    head,    ///< `head` is there; say `take_body` and go on, or give up
    done,    ///< the body is there, too
    failed,  ///< see `failure`; nothing more can be read from this client
  };
  /// Takes bytes off the front of `in`; what it leaves there has to be given again, with more.
  progress read(std::string& in);
  request_head const& head() const noexcept { return head_; }
  /// After `head`: the body may have so many bytes.
  void take_body(std::size_t most);
  /// After `done`.
  std::string take();
  /// Bytes of the body so far.
  std::size_t body_size() const noexcept;
  /// The next request begins.
  void next();

  /// The HTTP status that fits: 400, 413, 431, 501 or 505; and why, in words of ours.
  struct failed {
    int status = 0;
    std::string why;
  };
  failed const& failure() const noexcept { return failure_; }

 private:
  struct parser;
  progress fail_with(int status, std::string why);
  progress read_head(std::string& in);
  progress read_body(std::string& in);
  bool objection();

  std::size_t max_header_;
  std::size_t header_bytes_ = 0;
  std::unique_ptr<parser> parser_;
  request_head head_;
  failed failure_;
};

}  // namespace calluna::runtime::web
