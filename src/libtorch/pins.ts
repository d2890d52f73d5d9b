/** The wheels that a fetch takes: exact versions and digests. To move to another torch, change this file alone. */

/** One wheel, and what it is trusted by. */
export interface Pin {
  readonly name: string
  readonly version: string
  readonly sha256: string
  /** SHA-256 of the RECORD in it, which has the digest of each file: where it stands here, files are taken out of the wheel without the rest. */
  readonly record?: string
}

/** A wheel and what of it a part of libtorch needs. */
export interface Share {
  readonly pin: Pin
  /** Files of the wheel that are unpacked. */
  readonly members: RegExp
}

/** The version of libtorch that is fetched where none is found. */
export const torchVersion = '2.15.0'

/** Oldest and newest libtorch that the native code is known to build with, as [major, minor]. */
export const oldest: readonly [number, number] = [2, 11]
export const newest: readonly [number, number] = [2, 15]

/** torch's own wheel by platform and version, the newest first. Its libraries are the same for each Python; these are for 3.12. */
const torch: Readonly<Record<string, readonly Pin[]>> = {
  'linux-x64': [
    torchPin(
      '2.15.0',
      '6d8c86f4e33a9f12a58149bd9b0d64351632b8eb44479be8ff85e5389932dd79',
      '033969f1d12c1fea5e0cf35a26a10dc75a41176b5fcd0354758b0bda80f45eeb'
    ),
    torchPin(
      '2.14.1',
      '23011fe29a99b591eabb3a31a25080c62e2c2f0690a3c798744e5489dae50451',
      'e5512f716c1842e6af710501d92ed2d659647a7dc9079dd33aafbace74b22613'
    ),
    torchPin(
      '2.13.0',
      '796633c4cdf0fe2cdced72d8f88f22e73dbcfce83132763162f6d4bff13b820b',
      '047e634e96d5bc54b146ddb04a470175e886d18d89439c44e371e870e2dfa0de'
    ),
    torchPin(
      '2.12.1',
      '649e4ced014ba646f76f8cb9c9726735a6323eb321b7919f942790a923f90921',
      '21bfe00e805ff7f30c4954dfc155bca9f9fccea1f92f3f0edd7ca35ff91e0744'
    ),
    torchPin(
      '2.11.0',
      '0f68f4ac6d95d12e896c3b7a912b5871619542ec54d3649cf48cc1edd4dd2756',
      '64d76220aff1572ba2ee949e3c4e5633a21f7aa626c634ee1730609464777fc5'
    )
  ],
  'linux-arm64': [
    torchPin(
      '2.15.0',
      '9e51cf9460c5441dcd2a4f31ece207e35ea7c3d2535be0f929cca4944e2eeb18',
      '2af2fad9eb515b03af7e380c5a02f927e304bd158aeea63aaa0def4e6a8bffb7'
    )
  ],
  'darwin-arm64': [
    torchPin(
      '2.15.0',
      '593e5fd0c204284890d1c3dff643be34e549e1d24523e13402510f960d4da438',
      '05568af6b13b68b2d443da61cb67526f3617de79dbfa69393a6c93a0aba5ca50'
    )
  ]
}

function torchPin(version: string, sha256: string, record: string): Pin {
  return { name: 'torch', version, sha256, record }
}

const cudaVersion = '13.2.86'
const runtimePin = (sha256: string, record?: string): Pin => ({
  name: 'nvidia-cuda-runtime',
  version: cudaVersion,
  sha256,
  ...(record && { record })
})
const cuptiPin = (sha256: string, record?: string): Pin => ({ name: 'nvidia-cuda-cupti', version: cudaVersion, sha256, ...(record && { record }) })

/** On Linux torch's wheel is the CUDA build, whose CPU part links these two; they serve each version of torch that was built with their CUDA 13. */
const small: Readonly<Record<string, readonly Pin[]>> = {
  'linux-x64': [
    runtimePin(
      '3498247680dfddce31bad102af7e3e26fc795342a3cac64722bb0fa95e7f60f0',
      '795d5f0a013142013ec11b688f2e840b8226ca058c05a1fcc2c8fc8c58c13eac'
    ),
    cuptiPin('8fa29f15dd8336181f961764d9d95236fc6b931dd0c8fcf8cd70aab0c310b586', 'cd99245acf7d27d04935a234596724b75d80ccc69c36670b8631056ddb69f449')
  ],
  'linux-arm64': [
    runtimePin('37844957894bfdecf90243568d21a2cb251b66106915b71459a23c8e6ef2da69'),
    cuptiPin('d9a5c133f73fcb9013f3ada0da6fb54d4117618d81f3f5a0419417ea6ee829d4')
  ]
}

const cudaPin = (name: string, version: string, sha256: string): Pin => ({ name, version, sha256 })

/** The libraries that torch's CUDA part links, by the version of torch whose metadata names them. */
const cudaLibraries: Readonly<Record<string, readonly Pin[]>> = {
  'linux-x64 2.15.0': [
    cudaPin('nvidia-cublas', '13.4.1.3', 'a5917cb642cfb07f4a0231ee16aec7e2e0357d8cb8b1b78a0c9c68dba3e6afc7'),
    cudaPin('nvidia-cuda-nvrtc', cudaVersion, '8111c5130e967b78222ea2124145f8efe9ce201b752b2579a2513100a53be1c5'),
    cudaPin('nvidia-cudnn-cu13', '9.26.0.51', '9c976d539786698c71d6bcdbe2053b7485fae062ff7e1215d2f2ff67b1a2149a'),
    cudaPin('nvidia-cufft', '12.2.0.57', '34da27fadf3979b0b042c43823f0530be8408b86df31ee0108e1ca0b621d4ef6'),
    cudaPin('nvidia-cufile', '1.17.1.22', '87feaf8c3ad20d3d03a01933181801ff6892bace5c8f0b1e4b48f319d3e62d36'),
    cudaPin('nvidia-cusolver', '12.2.0.11', 'fab5778f6769947389a1a6abc07e635576825a08c0ffc68c3ae7f1392c794b42'),
    cudaPin('nvidia-cusparse', '12.7.10.12', '25907c75e4db1581685f06f61cc6cdecc04611765516a52373e0a18ebd69fa00'),
    cudaPin('nvidia-cusparselt-cu13', '0.8.1', '786ce87568c303fadb5afcc7102d454cd3040d75f6f8626f5db460d1871f4dd0'),
    cudaPin('nvidia-nccl-cu13', '2.30.7', 'cefa7fdb9710efd0f39c5f1be1d61ff6fc9a996c451265bd7fbdcf9455ed4b50'),
    cudaPin('nvidia-nvjitlink', cudaVersion, '285a9cead9924391588d794400bdd7e8f9d1a277a7d78ed79acfa0ea702a14dd'),
    cudaPin('nvidia-nvshmem-cu13', '3.7.2', 'b9a4f843c62b5dded8ad33fd6d220e007dcd39f06cee549292f5ba14ce4c235c'),
    cudaPin('nvidia-nvtx', cudaVersion, '968ce72baee2a01791c7d3254000eac81f24677b0b91c62d21b449a1f309c245')
  ]
}

/** nvcc, its parts, and the headers and static libraries that it wants, where the machine has no CUDA toolkit. */
const compilers: Readonly<Record<string, readonly Pin[]>> = {
  'linux-x64': [
    cudaPin('nvidia-cuda-nvcc', cudaVersion, '7d3f56c8d705bad35bbba69eb0470d90856fd5d4dc48c6a6173aaf1e9f887cf5'),
    cudaPin('nvidia-nvvm', cudaVersion, 'a9244f3209922d655612c11ebb4117ea1f80983cb2b215c9cccded127282cebc'),
    cudaPin('nvidia-cuda-crt', cudaVersion, 'e3ab08801bf9b1e6dc979275d25e816bb5000521b648e19c324d5eef0c79f1da'),
    cudaPin('nvidia-cuda-cccl', cudaVersion, '35da671cf0cecd3539da214a11bb8e7634366c9e950da9c5feecf6c490a65b20')
  ]
}

/** The platform whose wheels are taken, as in the tables above. */
export const platform = `${process.platform}-${process.arch}`

/** What a fetch can bring: what a CPU needs to run, headers to build with, what CUDA needs on top, what of that the CUDA plugin links, and nvcc. */
export type Part = 'cpu' | 'headers' | 'cuda' | 'link' | 'toolchain'

/** The versions of torch that can be fetched, the newest first; none on a platform that torch has no wheels for. */
export const torchVersions = (of = platform): string[] => (torch[of] ?? []).map(({ version }) => version)

/** The wheels of a part and what is taken of each, torch's first; `undefined` where there are none. */
export function sharesOf(part: Part, version: string, of = platform): readonly Share[] | undefined {
  const wheel = torch[of]?.find(pin => pin.version === version)
  if (!wheel) return undefined
  const all = (pins: readonly Pin[] | undefined, members: RegExp): readonly Share[] => (pins ?? []).map(pin => ({ pin, members }))
  switch (part) {
    case 'cpu':
      return [
        {
          pin: wheel,
          members:
            of === 'linux-arm64'
              ? /^torch\/(version\.py$|lib\/lib(torch_cpu|c10|torch|gomp|gfortran|arm_compute\w*|nvpl_\w+)\.so[^/]*$)/
              : /^torch\/(version\.py$|lib\/lib(torch_cpu|c10|torch|gomp[^/]*)\.(so|dylib)[^/]*$|lib\/libomp\.dylib$)/
        },
        ...all(small[of], /^nvidia\/.*\/lib\/lib(cudart|cupti)\.so[^/]*$/)
      ]
    case 'headers':
      return [{ pin: wheel, members: /^torch\/include\// }]
    case 'cuda': {
      const libraries = cudaLibraries[`${of} ${version}`]
      return (
        libraries && [
          { pin: wheel, members: /^torch\/lib\/lib(torch_cuda|torch_cuda_linalg|c10_cuda|torch_nvshmem)\.so$/ },
          ...all(libraries, /^nvidia\/.*\/lib\/[^/]+\.so[^/]*$/)
        ]
      )
    }
    case 'link':
      return of.startsWith('linux-') ? [{ pin: wheel, members: /^torch\/lib\/lib(torch_cuda|c10_cuda)\.so$/ }] : undefined
    case 'toolchain': {
      const tools = compilers[of]
      const runtime = all(small[of]?.slice(0, 1), /^nvidia\/.*\/(include\/|lib\/[^/]+\.a$)/)
      return tools && [...all(tools.slice(0, 1), /^nvidia\//), ...runtime, ...all(tools.slice(1), /^nvidia\//)]
    }
  }
}

/** Tags of the wheels that may be taken, the best first. */
export function wheelPlatforms(of = platform): readonly string[] {
  const [system, cpu] = of.split('-') as [string, string]
  if (system === 'darwin') return [14, 13, 12, 11].map(version => `macosx_${version}_0_arm64`)
  const machine = cpu === 'arm64' ? 'aarch64' : 'x86_64'
  const glibc = Array.from({ length: 24 }, (_, i) => `manylinux_2_${28 - i}_${machine}`)
  const older = ['manylinux2014', 'manylinux2010', 'manylinux1'].map(tag => `${tag}_${machine}`)
  // The last promises no version of glibc: CPU-only indexes have it.
  return [...glibc, ...older, `linux_${machine}`]
}
