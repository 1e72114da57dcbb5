#include "http_answer.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>

#include <optional>

namespace calluna::io {
namespace http = boost::beast::http;
using boost::beast::string_view;

struct http_answer_parser::state {
  std::size_t max_head;
  std::uint64_t max_body;
  std::optional<http::response_parser<http::string_body>> parser;
  bool started = false;
};

namespace {

result<void> outcome(boost::system::error_code const& code) {
  if (!code || code == http::error::need_more) return {};
  return fail(error_kind::protocol, "not a valid HTTP answer: " + code.message(), false, code);
}

}  // namespace

http_answer_parser::http_answer_parser(std::size_t max_head, std::uint64_t max_body)
    : state_(std::make_unique<state>()) {
  state_->max_head = max_head;
  state_->max_body = max_body;
}
http_answer_parser::~http_answer_parser() = default;

void http_answer_parser::begin(bool to_head, std::uint64_t max_body) {
  auto& parser = state_->parser.emplace();
  parser.header_limit(static_cast<std::uint32_t>(state_->max_head));
  parser.body_limit(max_body != 0 ? max_body : state_->max_body);
  parser.skip(to_head);
  state_->started = false;
}

result<void> http_answer_parser::put(std::string_view& bytes) {
  auto& parser = *state_->parser;
  while (!bytes.empty() && !parser.is_done()) {
    state_->started = true;
    // Not eager over the head: Beast 1.74 would go on into the body and lose what it found wrong
    // with the head (body_limit).
    parser.eager(parser.is_header_done());
    boost::system::error_code code;
    auto const used = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), code);
    bytes.remove_prefix(used);
    if (code || used == 0) return outcome(code);
  }
  return {};
}

result<void> http_answer_parser::put_end() {
  boost::system::error_code code;
  if (!state_->parser->is_done()) state_->parser->put_eof(code);
  return outcome(code);
}

bool http_answer_parser::started() const noexcept {
  return state_->started;
}
bool http_answer_parser::head_done() const {
  return state_->parser->is_header_done();
}
bool http_answer_parser::done() const {
  return state_->parser->is_done();
}
int http_answer_parser::status() const {
  return static_cast<int>(state_->parser->get().result_int());
}

std::string_view http_answer_parser::reason() const {
  auto const text = state_->parser->get().reason();
  return {text.data(), text.size()};
}

std::string_view http_answer_parser::header(std::string_view name) const {
  auto const text = state_->parser->get()[string_view(name.data(), name.size())];
  return {text.data(), text.size()};
}

std::vector<std::pair<std::string, std::string>> http_answer_parser::headers() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (auto const& field : state_->parser->get()) {
    auto const name = field.name_string(), value = field.value();
    all.emplace_back(std::string(name.data(), name.size()),
                     std::string(value.data(), value.size()));
  }
  return all;
}

bool http_answer_parser::header_has(std::string_view name, std::string_view token) const {
  auto const text = state_->parser->get()[string_view(name.data(), name.size())];
  return http::token_list{text}.exists(string_view(token.data(), token.size()));
}

bool http_answer_parser::keeps_alive() const {
  return state_->parser->keep_alive();
}
std::string http_answer_parser::take_body() {
  return std::move(state_->parser->get().body());
}

}  // namespace calluna::io
