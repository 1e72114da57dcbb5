#include <calluna/runtime/web/route_table.hpp>
#include <calluna/runtime/web/url.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace calluna::runtime::web {
namespace {

using bindings::http_route;

constexpr std::array methods{"DELETE", "GET", "PATCH", "POST", "PUT", "OPTIONS"};
/// What the server answers itself, below which no app may have a route.
constexpr std::array own_paths{"/health", "/ready", "/metrics", "/session"};

/// A segment of a route's pattern.
struct segment {
  enum class kind { text, parameter, rest };
  kind what = kind::text;
  std::string text;  ///< or the parameter's name
};

tl::unexpected<error> wrong(http_route const& route, std::string_view why) {
  return fail(error_kind::invalid, fmt::format("route {} '{}': {}", route.method, route.path, why));
}

result<segment> read_segment(http_route const& route, std::string_view text, bool last) {
  if (text.find_first_of("{}") == std::string_view::npos)
    return segment{segment::kind::text, std::string{text}};
  if (text.front() != '{' || text.back() != '}' || text.size() < 3)
    return wrong(route, "a parameter in braces takes a whole segment and has a name");
  text = text.substr(1, text.size() - 2);
  bool const rest = text.size() > 3 && text.substr(text.size() - 3) == "...";
  if (rest) text.remove_suffix(3);
  auto const fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (!std::all_of(text.begin(), text.end(), fits))
    return wrong(route, "a parameter's name has letters, digits and '_' only");
  if (rest && !last) return wrong(route, "'{name...}' stands at the end only");
  return segment{rest ? segment::kind::rest : segment::kind::parameter, std::string{text}};
}

result<std::vector<segment>> read_pattern(http_route const& route) {
  std::string_view path = route.path;
  if (path.empty() || path.front() != '/') return wrong(route, "a path begins with '/'");
  auto const plain = [](char c) {
    return c > 0x20 && c < 0x7f && c != '?' && c != '#' && c != '%';
  };
  if (!std::all_of(path.begin(), path.end(), plain))
    return wrong(route, "a path is written as decoded ASCII, without spaces, '?', '#' and '%'");
  std::vector<segment> out;
  std::set<std::string> names;
  do {
    path.remove_prefix(1);
    auto const end = std::min(path.find('/'), path.size());
    auto const text = path.substr(0, end);
    path.remove_prefix(end);
    if (text == "." || text == "..") return wrong(route, "a path has no '.' or '..' segments");
    if (text.empty() && !path.empty()) return wrong(route, "a path has no empty segments");
    auto one = read_segment(route, text, path.empty());
    if (!one) return fail(std::move(one).error());
    if (one->what != segment::kind::text && !names.insert(one->text).second)
      return wrong(route, fmt::format("the parameter '{}' stands twice", one->text));
    out.push_back(std::move(*one));
  } while (!path.empty());
  if (out.size() > most_segments)
    return wrong(route, fmt::format("a path has {} segments at most", most_segments));
  return out;
}

/// Files are served at their path and below it; the last parameter, without a name, is which.
void add_file_segment(std::vector<segment>& segments) {
  if (segments.back().what == segment::kind::rest) return;
  if (segments.back().text.empty()) segments.pop_back();
  segments.push_back({segment::kind::rest, ""});
}

/// Two routes with the same shape are the same to a client.
std::string shape_of(http_route const& route, std::vector<segment> const& segments) {
  auto shape = route.method + " ";
  for (auto const& s : segments)
    shape += s.what == segment::kind::text   ? "/" + s.text
             : s.what == segment::kind::rest ? "/{...}"
                                             : "/{}";
  return shape;
}

std::vector<segment> pattern_of(http_route const& route) {
  auto segments = *read_pattern(route);
  if (route.what == http_route::kind::files) add_file_segment(segments);
  return segments;
}

bool is_own(std::string_view path) {
  return std::find(own_paths.begin(), own_paths.end(), path) != own_paths.end();
}

/// What "{name...}" takes. A slash inside a segment stays encoded, so that it can be told from one
/// between segments.
std::string join_rest(std::vector<std::string> const& segments, std::size_t from) {
  std::string out;
  for (auto i = from; i < segments.size(); ++i) {
    if (i > from) out += '/';
    for (char const c : segments[i])
      if (c == '/')
        out += "%2F";
      else
        out += c;
  }
  return out;
}

}  // namespace

struct route_table::node {
  std::map<std::string, std::unique_ptr<node>, std::less<>> statics;
  std::unique_ptr<node> parameter;
  std::map<std::string, std::shared_ptr<served_route const>, std::less<>> here;
  std::map<std::string, std::shared_ptr<served_route const>, std::less<>> rest;

  void insert(std::vector<segment> const& segments, std::shared_ptr<served_route const> route) {
    node* at = this;
    for (auto const& s : segments) {
      if (s.what == segment::kind::rest) {
        at->rest.emplace(route->route.method, route);
        // The folder without its slash is answered with a redirection to it.
        if (route->route.what == http_route::kind::files)
          at->here.emplace(route->route.method, std::move(route));
        return;
      }
      auto& next = s.what == segment::kind::parameter ? at->parameter : at->statics[s.text];
      if (!next) next = std::make_unique<node>();
      at = next.get();
    }
    at->here.emplace(route->route.method, std::move(route));
  }
};

namespace {

/// One look through the table: each node is visited once at most.
template <class Node>
struct search {
  std::string_view method;
  std::vector<std::string> const& segments;
  std::vector<std::string> values;
  std::set<std::string> allow;
  std::shared_ptr<served_route const> found;

  bool take(decltype(Node::here) const& routes) {
    for (auto const& [name, route] : routes) allow.insert(name);
    auto at = routes.find(method);
    if (at == routes.end() && method == "HEAD") at = routes.find(std::string_view{"GET"});
    if (at == routes.end()) return false;
    found = at->second;
    return true;
  }

  bool look(Node const& at, std::size_t depth) {
    if (depth == segments.size()) return take(at.here);
    auto const fixed = at.statics.find(segments[depth]);
    if (fixed != at.statics.end() && look(*fixed->second, depth + 1)) return true;
    if (at.parameter && !segments[depth].empty()) {
      values.push_back(segments[depth]);
      if (look(*at.parameter, depth + 1)) return true;
      values.pop_back();
    }
    if (!take(at.rest)) return false;
    values.push_back(join_rest(segments, depth));
    return true;
  }
};

}  // namespace

route_table::route_table() : root_(std::make_unique<node>()) {}
route_table::~route_table() = default;

result<void> route_table::check(http_route const& route) {
  auto const segments = read_pattern(route);
  if (!segments) return fail(segments.error());
  if (std::find(methods.begin(), methods.end(), route.method) == methods.end())
    return wrong(route, "the method is GET, POST, PUT, PATCH, DELETE or OPTIONS");
  if (route.what != http_route::kind::request && route.method != "GET")
    return wrong(route, "events, WebSockets and files are asked for with GET");
  if (route.what == http_route::kind::files && (route.folder.empty() || route.folder[0] != '/'))
    return wrong(route, "files need an absolute folder");
  if (is_own(route.path)) return wrong(route, "the server answers this path itself");
  for (auto const& text : route.networks)
    if (auto const read = network::read(text); !read) return wrong(route, read.error().message);
  return {};
}

bool route_table::taken(std::string const& owner, std::string const& shape) const {
  auto const at = shapes_.find(shape);
  return at != shapes_.end() && at->second != owner;
}

std::vector<std::string> route_table::objections(std::string const& owner,
                                                 std::vector<http_route> const& routes) const {
  std::vector<std::string> out;
  std::set<std::string> own;
  for (auto const& route : routes) {
    if (auto const ok = check(route); !ok) {
      out.push_back(ok.error().message);
      continue;
    }
    auto const shape = shape_of(route, pattern_of(route));
    if (taken(owner, shape))
      out.push_back(
          wrong(route, fmt::format("'{}' serves it already", shapes_.at(shape))).value().message);
    else if (!own.insert(shape).second)
      out.push_back(wrong(route, "it stands twice").value().message);
  }
  return out;
}

void route_table::set(std::string const& owner, std::vector<http_route> const& routes) {
  std::vector<std::shared_ptr<served_route const>> mine;
  std::set<std::string> own;
  for (auto const& route : routes) {
    if (!check(route)) continue;
    auto const segments = pattern_of(route);
    auto const shape = shape_of(route, segments);
    if (taken(owner, shape) || !own.insert(shape).second) continue;
    auto served = std::make_shared<served_route>();
    served->owner = owner;
    served->route = route;
    for (auto const& text : route.networks) served->networks.push_back(*network::read(text));
    for (auto const& s : segments)
      if (s.what != segment::kind::text) served->names.push_back(s.text);
    mine.push_back(std::move(served));
  }
  owners_[owner] = std::move(mine);
  rebuild();
}

void route_table::remove(std::string const& owner) {
  owners_.erase(owner);
  rebuild();
}

/// Routes change when an app is loaded, seldom and all at once: building anew keeps the table
/// simple.
void route_table::rebuild() {
  root_ = std::make_unique<node>();
  shapes_.clear();
  for (auto const& [owner, routes] : owners_)
    for (auto const& route : routes) {
      auto const segments = pattern_of(route->route);
      shapes_.emplace(shape_of(route->route, segments), owner);
      root_->insert(segments, route);
    }
}

route_match route_table::match(std::string_view method, std::string_view path) const {
  route_match out;
  auto const segments = read_path(path);
  if (!segments) {
    out.what = route_match::outcome::bad_path;
    return out;
  }
  for (auto const& s : *segments) out.path += "/" + s;
  search<node> looking{method, *segments, {}, {}, nullptr};
  looking.look(*root_, 0);
  out.route = looking.found;
  if (out.route) {
    out.what = route_match::outcome::found;
    for (std::size_t i = 0; i < looking.values.size() && i < out.route->names.size(); ++i)
      out.parameters.emplace_back(out.route->names[i], std::move(looking.values[i]));
  } else if (!looking.allow.empty()) {
    out.what = route_match::outcome::no_method;
    if (looking.allow.count("GET") != 0) looking.allow.insert("HEAD");
    looking.allow.insert("OPTIONS");
    out.allow.assign(looking.allow.begin(), looking.allow.end());
  }
  return out;
}

std::size_t route_table::size() const noexcept {
  std::size_t n = 0;
  for (auto const& [owner, routes] : owners_) n += routes.size();
  return n;
}

}  // namespace calluna::runtime::web
