#include "server_fixture.hpp"

#include <sys/stat.h>

namespace calluna::runtime::web::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class files : public server_test {
 protected:
  void SetUp() override {
    folder_.write("www/index.html", "<p>index");
    folder_.write("www/app.js", "let a;");
    folder_.write("www/sub/index.html", "<p>sub");
    folder_.write("www/.hidden", "hidden");
    folder_.write("secret.txt", "secret");
    std::filesystem::create_symlink("app.js", folder_ / "www/inside.js");
    std::filesystem::create_symlink("../secret.txt", folder_ / "www/outside.txt");
    std::filesystem::create_symlink(folder_ / "secret.txt", folder_ / "www/absolute.txt");
    std::filesystem::create_directory_symlink("..", folder_ / "www/up");
    ::mkfifo((folder_ / "www/fifo").c_str(), 0600);
    auto route = open_route("GET", "/popup");
    route.what = bindings::http_route::kind::files;
    route.folder = (folder_ / "www").string();
    web_options options;
    options.max_file = 1000;
    serve(options, {route});
  }
  std::string get(std::string const& path, std::string const& more = "") {
    return ask("GET " + path + " HTTP/1.1\r\nHost: h\r\n" + more + "Connection: close\r\n\r\n");
  }
};

TEST_F(files, are_served_with_their_type) {
  auto const page = get("/popup/");
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(page, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
  EXPECT_THAT(page, HasSubstr("\r\n\r\n<p>index"));
  EXPECT_THAT(get("/popup/app.js?v=1"), HasSubstr("Content-Type: text/javascript"));
  EXPECT_THAT(get("/popup/sub/"), HasSubstr("<p>sub"));
  EXPECT_THAT(get("/popup/inside.js"), HasSubstr("let a;")) << "a symlink that stays inside";
  EXPECT_THAT(get("/popup"), HasSubstr("Location: popup/\r\n"));
  auto const head = ask("HEAD /popup/app.js HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Length: 6\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("let a")));
}

TEST_F(files, outside_of_the_folder_are_never_served) {
  folder_.write("www/big.txt", std::string(1001, 'x'));
  for (auto const* path : {"/popup/../secret.txt",
                           "/popup/%2e%2e/secret.txt",
                           "/popup/..%2fsecret.txt",
                           "/popup/sub/../../secret.txt",
                           "/popup/outside.txt",
                           "/popup/absolute.txt",
                           "/popup/up/secret.txt",
                           "/popup//etc/passwd",
                           "/popup/%2fetc/passwd",
                           "/popup/.hidden",
                           "/popup/sub",
                           "/popup/fifo",
                           "/popup/big.txt",
                           "/popup/none",
                           "/popup/app.js/",
                           "/popup/app.js/x",
                           "/popup/..%5csecret.txt",
                           "/popup/sub%2findex.html",
                           "/popup/%2e/app.js",
                           "/popup/app.js%00.html"}) {
    auto const answer = get(path);
    EXPECT_THAT(answer, testing::AnyOf(StartsWith("HTTP/1.1 404"), StartsWith("HTTP/1.1 400")))
        << path;
    EXPECT_THAT(answer, Not(HasSubstr("secret"))) << path;
  }
  EXPECT_THAT(get("/popup/big.txt"), HasSubstr("Calluna-Error: the file is too big"));
}

TEST_F(files, are_not_sent_again_until_they_change) {
  auto const first = get("/popup/app.js");
  auto const at = first.find("ETag: ") + 6;
  auto const tag = first.substr(at, first.find("\r\n", at) - at);
  auto const again = get("/popup/app.js", "If-None-Match: \"x\", W/" + tag + "\r\n");
  EXPECT_THAT(again, StartsWith("HTTP/1.1 304"));
  EXPECT_THAT(again, Not(HasSubstr("Content-Length")));
  auto const date_at = first.find("Last-Modified: ") + 15;
  auto const date = first.substr(date_at, first.find("\r\n", date_at) - date_at);
  EXPECT_THAT(get("/popup/app.js", "If-Modified-Since: " + date + "\r\n"),
              StartsWith("HTTP/1.1 304"));
  folder_.write("www/app.js", "let changed;");
  auto const changed = get("/popup/app.js", "If-None-Match: " + tag + "\r\n");
  EXPECT_THAT(changed, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(changed, HasSubstr("let changed;"));
}

}  // namespace
}  // namespace calluna::runtime::web::test
