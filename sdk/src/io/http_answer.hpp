#pragma once
#include <calluna/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calluna::io {

/// Takes one HTTP/1.1 answer after the other out of a server's bytes (Beast's parser inside).
class http_answer_parser {
 public:
  http_answer_parser(std::size_t max_head, std::uint64_t max_body);
  ~http_answer_parser();

  /// Begins an answer. `to_head`: it has no body whatever its headers say. `max_body`: another
  /// bound for this one.
  void begin(bool to_head = false, std::uint64_t max_body = 0);
  /// Takes what it can use off the front of `bytes`. Errors: `protocol`.
  result<void> put(std::string_view& bytes);
  /// The stream ended: for an answer without a length that is its regular end.
  result<void> put_end();

  bool started() const noexcept;
  bool head_done() const;
  bool done() const;
  /// Valid once the head is done.
  int status() const;
  std::string_view reason() const;
  std::string_view header(std::string_view name) const;
  std::vector<std::pair<std::string, std::string>> headers() const;
  /// Whether the header `name`, a comma-separated list, has `token` (case does not count).
  bool header_has(std::string_view name, std::string_view token) const;
  bool keeps_alive() const;
  /// Valid once done; moves it out.
  std::string take_body();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace calluna::io
