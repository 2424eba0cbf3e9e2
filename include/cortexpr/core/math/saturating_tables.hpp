#pragma once

#include <cortexpr/config.hpp>

/// Coefficients of tanh and erf in float, for detail::saturating.
/// Source: fitted for this library with Sollya's fpminimax (float coefficients, relative error) around centres at which
///         the function is nearly a float. Of several centres for each interval, the one with the smallest largest
///         error was taken; errors were measured for every float, with and without fused multiply-add.
namespace cortexpr::detail {

/// Row 0 holds the centre of each interval, row 1 + k the coefficient of (|x| - centre)^k. Intervals are half octaves;
/// the numbers x with i = bits(x) >> 22 belong to column i % 16.
struct SaturatingTable {
  alignas(64) float rows[9][16];
};

/// For arguments up to 9.02, above which tanh rounds to 1. Arguments below 3 * 2^-6 share its column. Error 1.64 ulp.
inline constexpr SaturatingTable tanh_table = {
    {{0x1.60023p+1f, 0x1.000344p+2f, 0x1.8004aep+2f, 0x1.e004aep+2f, 0x1.153bfap+3f, 0, 0x1.0001cp-4f, 0x1.c00404p-4f,
      0x1.fffca6p-4f, 0x1.bffda6p-3f, 0x1.fffd08p-3f, 0x1.c0023cp-2f, 0x1.1ffcecp-1f, 0x1.c00494p-1f, 0x1.40015ep+0f,
      0x1.cccdc8p+0f},
     {0x1.fbd52ep-1f, 0x1.ffa82p-1f, 0x1.fffe64p-1f, 0x1.ffffecp-1f, 0x1.fffffep-1f, 0, 0x1.ff5916p-5f, 0x1.be3cdp-4f,
      0x1.fd5646p-4f, 0x1.b8fac6p-3f, 0x1.f5952p-3f, 0x1.a5747ap-2f, 0x1.050628p-1f, 0x1.6868ap-1f, 0x1.b253p-1f,
      0x1.e4c3f6p-1f},
     {0x1.099e8ap-6f, 0x1.5f6366p-10f, 0x1.a08076p-16f, 0x1.485006p-20f, 0x1.006562p-23f, 0x1p+0f, 0x1.fe014ep-1f,
      0x1.f9ec5p-1f, 0x1.f8154p-1f, 0x1.e84308p-1f, 0x1.e149f8p-1f, 0x1.a944f6p-1f, 0x1.7aed3ap-1f, 0x1.024ccap-1f,
      0x1.1f2278p-2f, 0x1.a829cp-4f},
     {-0x1.07756ep-6f, -0x1.5efe3cp-10f, -0x1.6ce788p-16f, -0x1.ab28a4p-20f, -0x1.119eep-23f, 0x1.c641dcp-35f,
      -0x1.fd6732p-5f, -0x1.b8f11ap-4f, -0x1.f578dap-4f, -0x1.a488c2p-3f, -0x1.d77f7ep-3f, -0x1.5e0ff4p-2f,
      -0x1.825ce8p-2f, -0x1.6ba58ap-2f, -0x1.e7259p-3f, -0x1.9199cep-4f},
     {0x1.5996d8p-7f, 0x1.d628e6p-11f, 0x1.c9d962p-16f, 0x1.2fd352p-21f, 0x1.46c6p-24f, -0x1.555556p-2f,
      -0x1.4ef258p-2f, -0x1.452d5ep-2f, -0x1.4034c4p-2f, -0x1.183848p-2f, -0x1.071408p-2f, -0x1.16d83p-3f,
      -0x1.bd4bc4p-5f, 0x1.4f183cp-4f, 0x1.bba528p-4f, 0x1.ddb28ap-5f},
     {-0x1.4df46p-8f, -0x1.bdb472p-12f, 0x1.94bc4cp-17f, 0x1.712f78p-21f, 0x1.1a21c4p-24f, 0x1.583fb6p-21f,
      -0x1.9a7862p-5f, 0x1.26e65cp-4f, 0x1.169f8ep-4f, 0x1.04e646p-3f, 0x1.1bfd9p-3f, 0x1.5c27p-3f, 0x1.3a57f8p-3f,
      0x1.f1e8d6p-5f, -0x1.9c672ap-7f, -0x1.711f02p-6f},
     {0x1.efe248p-10f, 0x1.c99352p-13f, 0x1.823be2p-16f, 0x1.ba0416p-20f, 0x1.c2b2fcp-24f, 0x1.11078ep-3f,
      0x1.0c1d44p+2f, -0x1.411656p-1f, 0x1.9358bcp-2f, 0x1.e80b98p-5f, 0x1.5a538p-4f, -0x1.9ae92ep-7f, -0x1.504058p-5f,
      -0x1.dc55b8p-5f, -0x1.3b9f9ep-6f, 0x1.149308p-8f},
     {-0x1.37da14p-11f, -0x1.912caep-17f, 0x1.2cf2dcp-17f, 0x1.ffb0e6p-22f, -0x1.83907ep-22f, 0x1.da11bcp-13f,
      -0x1.6805ap+6f, -0x1.e72d44p+1f, -0x1.a7b418p+1f, -0x1.2be226p-4f, -0x1.252c64p-3f, -0x1.f3bab6p-5f,
      -0x1.e0f43ep-5f, 0x1.aee94ap-7f, 0x1.ee1bd4p-7f, 0x1.6e5c48p-10f},
     {0x1.ef2fe8p-15f, 0x1.5c3e32p-15f, 0x1.5d951p-19f, 0x1.79425ap-25f, -0x1.c27726p-22f, -0x1.c19f0cp-5f,
      0x1.89e124p+9f, 0x1.b2219cp+10f, 0x1.e18846p+3f, 0x1.d93bdep+3f, 0x1.51341cp-3f, 0x1.ea8e58p-1f, 0x1.45cc1ep-4f,
      -0x1.d95a9p-7f, -0x1.fcb4f4p-9f, -0x1.0226a8p-9f}}};

/// For arguments up to 3.92, above which erf rounds to 1. Arguments below 2^-6 share its column. Error 1.83 ulp.
inline constexpr SaturatingTable erf_table = {
    {{0x1.7ffb5p+1f, 0x1.de39eep+1f, 0, 0x1.b337d2p-6f, 0x1.3332e6p-5f, 0x1.b33124p-5f, 0x1.3ffe74p-4f, 0x1.b333c6p-4f,
      0x1.7331a6p-3f, 0x1.a001a6p-3f, 0x1.3ffda6p-2f, 0x1.dffe88p-2f, 0x1.400442p-1f, 0x1.bffb6p-1f, 0x1.4cd032p+0f,
      0x1.cccc18p+0f},
     {0x1.fffd1ap-1f, 0x1.fffffcp-1f, 0, 0x1.eaf9bap-6f, 0x1.5a796ep-5f, 0x1.ea9998p-5f, 0x1.68575ep-4f, 0x1.e93b4p-4f,
      0x1.9e4e5p-3f, 0x1.cf0936p-3f, 0x1.5da78cp-2f, 0x1.f86e56p-2f, 0x1.3f1caep-1f, 0x1.916fdcp-1f, 0x1.de37b4p-1f,
      0x1.fa6a02p-1f},
     {0x1.227866p-13f, 0x1.067df8p-20f, 0x1.20dd76p+0f, 0x1.20a94cp+0f, 0x1.20758ap+0f, 0x1.200d0ep+0f, 0x1.1f1b8p+0f,
      0x1.1d9f52p+0f, 0x1.1787a6p+0f, 0x1.153052p+0f, 0x1.05fdap+0f, 0x1.cfc4bep-1f, 0x1.86e558p-1f, 0x1.0cafa2p-1f,
      0x1.aa5a3cp-3f, 0x1.6a085cp-5f},
     {-0x1.c9a4e4p-12f, -0x1.4696c4p-18f, -0x1.2607acp-14f, -0x1.eaa814p-6f, -0x1.5a27b4p-5f, -0x1.e9ac6ep-5f,
      -0x1.66e04ep-4f, -0x1.e5914cp-4f, -0x1.954fd6p-3f, -0x1.c26f78p-3f, -0x1.477a98p-2f, -0x1.b2c726p-2f,
      -0x1.e8a534p-2f, -0x1.d62e7ap-2f, -0x1.1523e2p-2f, -0x1.45d3dp-4f},
     {0x1.57392cp-11f, 0x1.98d59ep-18f, -0x1.68a42cp-2f, -0x1.8a37c8p-2f, -0x1.7ee84ep-2f, -0x1.7ebe98p-2f,
      -0x1.7b9dfcp-2f, -0x1.735f48p-2f, -0x1.5be1cp-2f, -0x1.53a018p-2f, -0x1.193608p-2f, -0x1.5aa714p-3f,
      -0x1.c7c23p-5f, 0x1.7c80eap-4f, 0x1.524924p-3f, 0x1.4aa678p-4f},
     {-0x1.89df48p-10f, 0x1.1a71p-17f, -0x1.c0557ap+1f, -0x1.337522p+0f, 0x1.eccc7cp-5f, 0x1.5f1598p-9f, 0x1.5c868ap-5f,
      0x1.541d1ep-4f, 0x1.03d44ap-3f, 0x1.c2d492p-4f, 0x1.321cd2p-3f, 0x1.731c18p-3f, 0x1.69652p-3f, 0x1.cc60fep-4f,
      -0x1.18ff84p-6f, -0x1.79f6aep-5f},
     {0x1.0ef844p-12f, 0x1.10ff28p-13f, 0x1.f2763cp+7f, 0x1.dc3686p+9f, -0x1.e1ccap+3f, 0x1.3639bep+4f, 0x1.78972ep+3f,
      -0x1.410e78p+2f, 0x1.2668fp+0f, 0x1.657522p+0f, 0x1.e89644p-4f, 0x1.b15fap-6f, -0x1.decd3ap-6f, -0x1.0d7292p-4f,
      -0x1.4e44fep-5f, 0x1.278818p-7f},
     {-0x1.4de5a4p-10f, 0x1.43c0ep-13f, -0x1.09c2bap+13f, 0x1.dcb68p+15f, -0x1.f790e4p+8f, 0x1.101fb6p+8f,
      -0x1.17819ep+1f, -0x1.28d468p+6f, 0x1.05e664p+4f, -0x1.5e63dcp+5f, -0x1.8e2a4cp-5f, 0x1.a0f962p-4f,
      -0x1.533c84p-5f, -0x1.47df64p-7f, 0x1.671506p-6f, 0x1.c924eep-8f},
     {0x1.9d831ep-12f, 0x1.0ddd96p-13f, 0x1.b42ap+16f, -0x1.cb949p+24f, 0x1.dc361cp+16f, -0x1.03d1fp+17f,
      -0x1.a89d2ep+14f, 0x1.353cc2p+13f, 0x1.7a101p+6f, 0x1.96e1f4p+8f, -0x1.03a624p+3f, 0x1.63b9d4p-1f, 0x1.45493p-4f,
      -0x1.12bfc6p-5f, 0x1.ed5db8p-9f, -0x1.8398b6p-8f}}};

}  // namespace cortexpr::detail
