#include "base/clock.h"
#include "sandbox/runner.h"
#include "sandbox/sandbox.h"

namespace apmcp::sandbox {
namespace {

class SandboxTransport final : public http::HttpTransport {
 public:
  explicit SandboxTransport(const SandboxOptions& options)
      : own_clock_(options.speed),
        simulator_(options.clock == nullptr ? own_clock_ : *options.clock,
                   {.log_codes = options.log_codes, .seed_key = options.seed_key}),
        runner_(simulator_) {}

  Result<http::HttpResponse> send(const http::HttpRequest& request, const http::CallOptions& options) override {
    return simulator_.send(request, options);
  }

  Result<http::HttpResponse> stream(const http::HttpRequest& request, const http::CallOptions& options,
                                    const http::BodySink& on_bytes) override {
    return simulator_.stream(request, options, on_bytes);
  }

 private:
  const ScaledClock own_clock_;
  Simulator simulator_;
  Runner runner_;
};

}  // namespace

std::unique_ptr<http::HttpTransport> make_sandbox_transport(const SandboxOptions& options) {
  return std::make_unique<SandboxTransport>(options);
}

}  // namespace apmcp::sandbox
