#include <calluna/runtime/web/request_reader.hpp>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace calluna::runtime::web {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::beast::iequals;

/// Beast's strings are boost's or the standard's, as its version will.
template <class Text>
std::string_view view(Text const& text) {
  return {text.data(), text.size()};
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// A chunk's size with its extensions, or the fields behind the last chunk.
constexpr std::size_t longest_chunk_line = 4096;

}  // namespace

std::string_view request_head::field(std::string_view name) const noexcept {
  for (auto const& [n, value] : fields)
    if (n == name) return value;
  return {};
}

std::size_t request_head::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(
      std::count_if(fields.begin(), fields.end(), [&](auto const& f) { return f.first == name; }));
}

std::string request_head::joined(std::string_view name) const {
  std::string out;
  for (auto const& [n, value] : fields)
    if (n == name) out += (out.empty() ? "" : ", ") + value;
  return out;
}

bool request_head::has_word(std::string_view name, std::string_view word) const {
  auto const all = joined(name);
  auto const list = http::token_list{boost::beast::string_view(all.data(), all.size())};
  return std::any_of(list.begin(), list.end(), [&](auto const& one) {
    return iequals(one, boost::beast::string_view(word.data(), word.size()));
  });
}

struct request_reader::parser {
  http::request_parser<http::string_body> http;
  bool head_told = false;
};

request_reader::request_reader(std::size_t max_header) : max_header_(max_header) {
  next();
}
request_reader::~request_reader() = default;
request_reader::request_reader(request_reader&&) noexcept = default;
request_reader& request_reader::operator=(request_reader&&) noexcept = default;

void request_reader::next() {
  parser_.reset();
  header_bytes_ = 0;
  head_ = {};
}

request_reader::progress request_reader::fail_with(int status, std::string why) {
  failure_ = {status, std::move(why)};
  return progress::failed;
}

request_reader::progress request_reader::read(std::string& in) {
  if (!parser_) {
    // RFC 9112, 2.2: an empty line before a request is passed over.
    auto const first = std::min(in.find_first_not_of("\r\n"), in.size());
    in.erase(0, first);
    if (in.empty()) return progress::more;
    // Made when there is something to read, so that who only waits costs little.
    parser_ = std::make_unique<parser>();
    parser_->http.header_limit(static_cast<std::uint32_t>(max_header_));
    // What a body may have is known when the header is. Not `none`: Boost 1.74 takes that for zero.
    parser_->http.body_limit(std::numeric_limits<std::uint64_t>::max());
  }
  return parser_->head_told ? read_body(in) : read_head(in);
}

request_reader::progress request_reader::read_head(std::string& in) {
  auto& http = parser_->http;
  boost::system::error_code code;
  auto const taken = http.put(asio::buffer(in), code);
  in.erase(0, taken);
  header_bytes_ += taken;
  bool const unfinished = code == http::error::need_more;
  if (code == http::error::header_limit || header_bytes_ > max_header_ ||
      (unfinished && header_bytes_ + in.size() >= max_header_))
    return fail_with(431, fmt::format("the header has more than {} bytes", max_header_));
  if (unfinished) return progress::more;
  if (code == http::error::bad_version) return fail_with(505, "not HTTP/1.0 or HTTP/1.1");
  if (code) return fail_with(400, code.message());

  auto const& message = http.get();
  head_.method = std::string{view(message.method_string())};
  head_.target = std::string{view(message.target())};
  head_.old = message.version() < 11;
  head_.keep_alive = http.keep_alive();
  head_.chunked = http.chunked();
  if (auto const length = http.content_length()) head_.content_length = *length;
  for (auto const& field : message)
    head_.fields.emplace_back(lower(view(field.name_string())), std::string{view(field.value())});
  head_.expects_continue = !head_.old && iequals(message[http::field::expect], "100-continue");
  if (objection()) return progress::failed;
  parser_->head_told = true;
  return progress::head;
}

/// What Beast lets pass, and two servers in a row may read in two ways.
bool request_reader::objection() {
  if (auto const codings = head_.count("transfer-encoding"); codings != 0) {
    if (head_.old)
      fail_with(400, "Transfer-Encoding in HTTP/1.0");
    else if (codings > 1 || !head_.chunked ||
             !iequals(head_.joined("transfer-encoding"), "chunked"))
      fail_with(501, "a Transfer-Encoding other than chunked");
    else if (head_.count("content-length") != 0)
      fail_with(400, "Content-Length beside Transfer-Encoding");
  } else if (head_.count("content-length") > 1 ||
             head_.field("content-length").find(',') != std::string_view::npos) {
    fail_with(400, "several Content-Lengths");
  } else if (head_.count("host") > 1) {
    fail_with(400, "several Hosts");
  } else if (head_.count("authorization") > 1) {
    fail_with(400, "several Authorizations");
  } else if (auto const expected = head_.field("expect");
             !expected.empty() && !head_.old && !head_.expects_continue) {
    fail_with(417, "an Expect other than 100-continue");
  }
  return failure_.status != 0;
}

void request_reader::take_body(std::size_t most) {
  parser_->http.body_limit(most);
  parser_->http.eager(true);
}

request_reader::progress request_reader::read_body(std::string& in) {
  auto& http = parser_->http;
  while (!http.is_done()) {
    if (in.empty()) return progress::more;
    boost::system::error_code code;
    auto const taken = http.put(asio::buffer(in), code);
    in.erase(0, taken);
    if (code == http::error::need_more) {
      if (in.size() > longest_chunk_line) return fail_with(400, "a chunk's line is too long");
      if (taken == 0) return progress::more;
      continue;
    }
    if (code == http::error::body_limit) return fail_with(413, "the body is too big");
    if (code) return fail_with(400, code.message());
  }
  return progress::done;
}

std::string request_reader::take() {
  return std::move(parser_->http.get().body());
}

std::size_t request_reader::body_size() const noexcept {
  return parser_ ? parser_->http.get().body().size() : 0;
}

}  // namespace calluna::runtime::web
