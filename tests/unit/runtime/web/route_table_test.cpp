#include <calluna/runtime/web/route_table.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calluna::runtime::web {
namespace {

using bindings::http_route;
using outcome = route_match::outcome;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

http_route route(std::string method, std::string path, std::uint32_t handler = 0) {
  http_route r;
  r.method = std::move(method);
  r.path = std::move(path);
  r.handler = handler;
  return r;
}

http_route files(std::string path) {
  auto r = route("GET", std::move(path));
  r.what = http_route::kind::files;
  r.folder = "/srv";
  return r;
}

std::uint32_t handler_of(route_match const& m) {
  return m.route ? m.route->route.handler : 0;
}

TEST(route_table, lets_fixed_segments_win_over_parameters_and_those_over_the_rest) {
  route_table table;
  table.set("a", {route("GET", "/v/{rest...}", 1), route("GET", "/v/{id}", 2),
                  route("GET", "/v/me", 3), route("GET", "/v/{id}/x", 4), route("GET", "/", 5)});
  EXPECT_EQ(handler_of(table.match("GET", "/v/me")), 3U);
  EXPECT_EQ(handler_of(table.match("GET", "/v/7")), 2U);
  EXPECT_EQ(handler_of(table.match("GET", "/v/7/x")), 4U);
  EXPECT_EQ(handler_of(table.match("GET", "/v/me/x")), 4U) << "it goes back where a way ends";
  EXPECT_EQ(handler_of(table.match("GET", "/v/7/y")), 1U);
  EXPECT_EQ(handler_of(table.match("GET", "/v/")), 1U) << "a parameter takes no empty segment";
  EXPECT_EQ(handler_of(table.match("GET", "/")), 5U);
  EXPECT_EQ(table.match("GET", "/v").what, outcome::no_path);
  EXPECT_EQ(table.match("GET", "//v/me").what, outcome::no_path);
}

TEST(route_table, decodes_parameters_and_keeps_an_encoded_slash_apart) {
  route_table table;
  table.set("a", {route("GET", "/p/{a}/{b}"), route("GET", "/r/{all...}")});
  EXPECT_THAT(table.match("GET", "/p/x%20y/%2Fz").parameters,
              ElementsAre(Pair("a", "x y"), Pair("b", "/z")));
  EXPECT_THAT(table.match("GET", "/r/a/b%2fc/").parameters, ElementsAre(Pair("all", "a/b%2Fc/")));
  EXPECT_EQ(table.match("GET", "/p/x%2fy").what, outcome::no_path);
  EXPECT_EQ(table.match("GET", "/p/x/%zz").what, outcome::bad_path);
  EXPECT_EQ(table.match("GET", "/p/../x").what, outcome::bad_path);
}

TEST(route_table, tells_a_missing_path_from_a_missing_method) {
  route_table table;
  table.set("a", {route("POST", "/a", 1), route("GET", "/{x}", 2), route("PUT", "/a", 3)});
  EXPECT_EQ(handler_of(table.match("GET", "/a")), 2U) << "the parameter's route has the method";
  auto const m = table.match("DELETE", "/a");
  EXPECT_EQ(m.what, outcome::no_method);
  EXPECT_THAT(m.allow, ElementsAre("GET", "HEAD", "OPTIONS", "POST", "PUT"));
  EXPECT_EQ(handler_of(table.match("HEAD", "/b")), 2U);
  EXPECT_EQ(table.match("HEAD", "/a/b").what, outcome::no_path);
}

TEST(route_table, keeps_a_path_with_who_has_it_first) {
  route_table table;
  table.set("first", {route("GET", "/a/{x}", 1)});
  EXPECT_THAT(table.objections("second", {route("GET", "/a/{y}"), route("POST", "/a/{y}")}),
              ElementsAre("route GET '/a/{y}': 'first' serves it already"));
  table.set("second", {route("GET", "/a/{y}", 2), route("POST", "/a/{y}", 3)});
  EXPECT_EQ(table.match("GET", "/a/1").route->owner, "first");
  EXPECT_EQ(table.match("POST", "/a/1").route->owner, "second");
  EXPECT_THAT(table.objections("first", {route("GET", "/a/{x}")}), IsEmpty()) << "its own";
  table.remove("first");
  EXPECT_EQ(table.match("GET", "/a/1").what, outcome::no_method);
  table.set("second", {});
  EXPECT_EQ(table.match("GET", "/a/1").what, outcome::no_path);
  EXPECT_EQ(table.size(), 0U);
}

TEST(route_table, says_what_is_wrong_with_a_route) {
  route_table table;
  http_route bad[] = {
      route("GET", "a"),        route("GET", ""),          route("GET", "/a//b"),
      route("GET", "/a/../b"),  route("GET", "/{a"),       route("GET", "/a{b}"),
      route("GET", "/{}"),      route("GET", "/{...}"),    route("GET", "/{a...}/b"),
      route("GET", "/{a}/{a}"), route("GET", "/a b"),      route("GET", "/a?b"),
      route("GET", "/%61"),     route("get", "/a"),        route("TRACE", "/a"),
      route("GET", "/health"),  route("POST", "/session"), route("GET", "/{a-b}"),
      route("GET", "/\xc3\xa4")};
  for (auto const& r : bad) EXPECT_THAT(table.objections("x", {r}), SizeIs(1)) << r.path;
  auto events = route("POST", "/e");
  events.what = http_route::kind::events;
  auto nowhere = files("/f");
  nowhere.folder = "relative";
  auto net = route("GET", "/n");
  net.networks = {"10.1.1.1/8"};
  EXPECT_THAT(table.objections("x", {events, nowhere, net}), SizeIs(3));
  EXPECT_THAT(table.objections("x", {route("GET", "/a"), route("GET", "/a")}),
              ElementsAre(HasSubstr("it stands twice")));
  table.set("x", {route("GET", "a"), route("GET", "/good")});
  EXPECT_EQ(table.size(), 1U);
}

TEST(route_table, serves_files_below_their_path) {
  route_table table;
  table.set("a", {files("/popup"), files("/other/{path...}"), route("GET", "/popup/api", 7)});
  EXPECT_THAT(table.match("GET", "/popup/").parameters, ElementsAre(Pair("", "")));
  EXPECT_THAT(table.match("GET", "/popup/a/b.js").parameters, ElementsAre(Pair("", "a/b.js")));
  EXPECT_THAT(table.match("GET", "/popup").parameters, IsEmpty());
  EXPECT_EQ(table.match("GET", "/popup").what, outcome::found);
  EXPECT_THAT(table.match("GET", "/other/x").parameters, ElementsAre(Pair("path", "x")));
  EXPECT_EQ(handler_of(table.match("GET", "/popup/api")), 7U);
  EXPECT_EQ(table.match("POST", "/popup/x").what, outcome::no_method);
}

}  // namespace
}  // namespace calluna::runtime::web
