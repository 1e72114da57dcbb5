#include "offline_servers.hpp"

#include <calluna/http/message.hpp>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace calluna::runtime::testing {

using std::chrono::milliseconds;

offline_servers::offline_servers(io::executor on, std::shared_ptr<manual_clock> time)
    : on_(std::move(on)), time_(std::move(time)) {}

result<offline_servers::server*> offline_servers::at(std::string const& url) {
  auto const where = http::parse_url(url);
  if (!where) return fail(where.error());
  return &servers_[where->origin()];
}

void offline_servers::submit(http::request r, completion done) {
  if (auto good = http::check(r); !good)
    return finish(milliseconds(0), fail(std::move(good).error()), std::move(done));
  auto const where = http::parse_url(r.url);
  if (!where) return finish(milliseconds(0), fail(where.error()), std::move(done));
  if (on_request) on_request(fmt::format("{} {}", r.method, where->text()));
  auto const known = servers_.find(where->origin());
  if (known == servers_.end())
    return finish(
        milliseconds(0),
        fail(error_kind::offline,
             fmt::format("{}: there is no such server in this case (pbx:server)", where->origin()),
             true),
        std::move(done));
  if (known->second.down)
    return finish(milliseconds(0),
                  fail(error_kind::offline, where->origin() + ": connection refused", true),
                  std::move(done));
  auto const slowness = known->second.slowness;
  auto with = ask(r, 0);
  if (slowness < r.timeout) return finish(slowness, std::move(with), std::move(done));
  finish(r.timeout,
         fail(error_kind::timeout, where->origin() + ": no answer in time",
              http::is_harmless(r.method)),
         std::move(done));
}

/// The server has the request from here on, whether its answer comes in time or not.
result<http::response> offline_servers::ask(http::request const& r, unsigned followed) {
  auto const where = http::parse_url(r.url);
  if (!where) return fail(where.error());
  auto const known = servers_.find(where->origin());
  if (known == servers_.end() || known->second.down)
    return fail(error_kind::offline, where->origin() + ": connection refused");
  auto& s = known->second;
  auto const mark = std::min(where->target.find('?'), where->target.size());
  auto const path = where->target.substr(0, mark);
  nlohmann::json asked{{"method", r.method},
                       {"path", path},
                       {"query", where->target.substr(std::min(mark + 1, where->target.size()))},
                       {"headers", nlohmann::json::object()},
                       {"body", r.body}};
  for (auto const& [name, value] : http::gathered(r.fields)) asked["headers"][name] = value;
  s.requests.push_back(std::move(asked));

  http::response out{404, {{"content-type", "text/plain"}}, "not found", where->text()};
  auto const key = r.method + " " + path;
  std::size_t best = 0;
  for (auto const& [pattern, a] : s.answers) {
    bool const open = pattern.back() == '*';
    auto const length = pattern.size() - (open ? 1 : 0);
    bool const fits = open ? key.compare(0, length, pattern, 0, length) == 0 : key == pattern;
    if (!fits || length + (open ? 0 : 1) <= best) continue;
    best = length + (open ? 0 : 1);
    out.status = a.status;
    out.fields = a.fields;
    out.body = a.body;
  }
  auto const next = http::next_request(r, *where, out, followed);
  if (!next) return fail(next.error());
  if (*next) return ask(**next, followed + 1);
  return out;
}

void offline_servers::finish(milliseconds after, result<http::response> with, completion done) {
  if (after <= milliseconds(0))
    return boost::asio::post(
        on_, [with = std::move(with), done = std::move(done)]() mutable { done(std::move(with)); });
  answers_.push_back(std::make_unique<io::alarm>(on_, time_));
  answers_.back()->set(
      time_->now() + after,
      [with = std::move(with), done = std::move(done)]() mutable { done(std::move(with)); });
}

}  // namespace calluna::runtime::testing
