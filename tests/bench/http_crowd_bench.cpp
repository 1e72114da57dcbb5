/// What one client of the HTTP server notices of a crowd that does it no good: idle connections,
/// requests that never end, wrong tokens, bodies and headers that are too big, clients that come
/// and leave.
///
///   http_crowd_bench PORT PID PATH     of a running `calluna run`; http_bench.sh starts one
#include "support/peer.hpp"
#include "support/runtime_under_test.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace calluna::bench;

std::uint16_t port;
std::string pid, path;

/// From one of many addresses of this machine: an address may have 1,000 connections.
int connect_from(unsigned client) {
  int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in mine{}, server{};
  mine.sin_family = server.sin_family = AF_INET;
  mine.sin_addr.s_addr = htonl(0x7f000002u + client / 900);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  server.sin_port = htons(port);
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&mine), sizeof mine) != 0 ||
      ::connect(fd, reinterpret_cast<sockaddr*>(&server), sizeof server) != 0) {
    std::perror("http_crowd_bench: connection");
    std::exit(1);
  }
  return fd;
}

double memory_mib() {
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmRSS:", 0) == 0) return std::atof(line.c_str() + 6) / 1024;
  return 0;
}

/// An answer with its body.
std::string answer_of(connection& c, std::string const& request) {
  if (!c.write(request)) return {};
  std::string text;
  for (std::size_t whole = 0; whole == 0 || text.size() < whole;) {
    auto const more = c.read();
    if (more.empty()) return {};
    text += more;
    auto const body = text.find("\r\n\r\n"), length = text.find("Content-Length: ");
    if (body != std::string::npos && length < body)
      whole = body + 4 + static_cast<std::size_t>(std::atoll(text.c_str() + length + 16));
  }
  return text;
}

/// All refusals counted so far, as /metrics has them. Asked on the neighbour's connection: there
/// may be no other.
double refusals(connection& c) {
  auto const text = answer_of(c, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  double sum = 0;
  for (auto at = text.find("\ncalluna_http_refused_total{"); at != std::string::npos;
       at = text.find("\ncalluna_http_refused_total{", at + 1))
    sum += std::atof(text.c_str() + text.find("} ", at) + 2);
  return sum;
}

/// The neighbour: a request of a Lua handler each millisecond, on a connection it has had all
/// along.
void measure(char const* crowd, connection& neighbour, double refused_before) {
  auto const request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  std::vector<double> times;
  for (int i = 0; i < 3000; ++i) {
    auto const begin = now_seconds();
    auto const answer = answer_of(neighbour, request);
    if (answer.find(" 200 ") == std::string::npos) {
      std::fprintf(stderr, "http_crowd_bench: the neighbour was answered '%s' beside %s\n",
                   answer.c_str(), crowd);
      std::exit(1);
    }
    times.push_back((now_seconds() - begin) * 1e3);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::printf("| %s | %.2f | %.2f | %.1f | %.0f | %.1f |\n", crowd, percentile(times, .5),
              percentile(times, .99), percentile(times, 1), refusals(neighbour) - refused_before,
              memory_mib());
  std::fflush(stdout);
}

/// Measures while `work` is done again and again on a thread of its own.
void measure_beside(char const* crowd, connection& neighbour,
                    std::function<void(unsigned)> const& work) {
  auto const before = refusals(neighbour);
  std::atomic<bool> enough{false};
  std::thread busy([&] {
    for (unsigned n = 0; !enough; ++n) work(n);
  });
  measure(crowd, neighbour, before);
  enough = true;
  busy.join();
}

/// One request on a connection of its own, and what there is of an answer.
void ask(unsigned client, std::string const& request) {
  connection c(connect_from(client % 9000));
  c.write(request);
  while (!c.read().empty()) {
  }
}

void idle(connection& neighbour) {
  auto const before = refusals(neighbour);
  std::vector<std::unique_ptr<connection>> crowd;
  for (unsigned i = 0; i < 10'100; ++i)
    crowd.push_back(std::make_unique<connection>(connect_from(i)));
  measure("10,100 connections that ask nothing", neighbour, before);
  crowd.clear();
  measure("the same, after they have left", neighbour, before);
}

void endless(connection& neighbour) {
  std::vector<std::unique_ptr<connection>> crowd;
  for (unsigned i = 0; i < 2000; ++i) {
    crowd.push_back(std::make_unique<connection>(connect_from(i)));
    crowd.back()->write("GET " + path + " HTTP/1.1\r\nX: ");
  }
  measure_beside("2,000 requests that come byte by byte (slow-loris)", neighbour, [&](unsigned n) {
    crowd[n % crowd.size()]->write("x");
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  });
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: http_crowd_bench PORT PID PATH\n");
    return 2;
  }
  port = static_cast<std::uint16_t>(std::atoi(arguments[1]));
  pid = arguments[2];
  path = arguments[3];
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  std::printf(
      "\n| the neighbours | ms p50 | p99 | max | refused | MiB of the server |\n"
      "|---|---|---|---|---|---|\n");
  connection neighbour(connect_to(port));
  measure("nobody", neighbour, refusals(neighbour));
  idle(neighbour);
  endless(neighbour);
  measure_beside("wrong tokens, one after another", neighbour, [](unsigned n) {
    ask(n,
        "GET /metrics HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.1\r\nAuthorization: Bearer "
        "cal_" +
            std::to_string(n) + "\r\nConnection: close\r\n\r\n");
  });
  measure_beside("headers of 1 MiB", neighbour, [](unsigned n) {
    ask(n, "GET " + path + " HTTP/1.1\r\nHost: h\r\nX: " + std::string(1 << 20, 'x'));
  });
  measure_beside("bodies of 8 MiB", neighbour, [](unsigned n) {
    ask(n, "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: 8388608\r\n\r\n" +
               std::string(8 << 20, 'x'));
  });
  measure_beside("clients that leave in the middle of a request", neighbour, [](unsigned n) {
    connection c(connect_from(n % 9000));
    c.write("GET " + path + " HTTP/1.1\r\nHost");
  });
}
