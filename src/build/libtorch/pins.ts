/** The wheels that a fetch takes: exact versions and digests. To move to another torch, change this file alone. */

/** One wheel and what of it is unpacked. */
export interface Pin {
  readonly name: string
  readonly version: string
  readonly sha256: string
  /** Members of the wheel that are unpacked. */
  readonly members: RegExp
}

/** The version of libtorch that is fetched where none is found. */
export const torchVersion = '2.15.0'

/** Oldest and newest libtorch that the native code is known to build with, as [major, minor]. */
export const oldest: readonly [number, number] = [2, 11]
export const newest: readonly [number, number] = [2, 15]

const torchMembers = /^torch\/(include\/|version\.py$|lib\/lib(torch_cpu|c10|torch|gomp[^/]*)\.(so|dylib)[^/]*$|lib\/libomp\.dylib$)/
const sharedObjects = /^nvidia\/.*\/lib\/[^/]+\.so[^/]*$/
const cudaVersion = '13.2.86'

/** What a CPU needs: torch, and on Linux, where its wheel is the CUDA build, the two small libraries that its CPU part links. */
const cpu: Readonly<Record<string, readonly Pin[]>> = {
  'linux-x64': [
    { name: 'torch', version: torchVersion, sha256: '6d8c86f4e33a9f12a58149bd9b0d64351632b8eb44479be8ff85e5389932dd79', members: torchMembers },
    {
      name: 'nvidia-cuda-runtime',
      version: cudaVersion,
      sha256: '3498247680dfddce31bad102af7e3e26fc795342a3cac64722bb0fa95e7f60f0',
      members: sharedObjects
    },
    {
      name: 'nvidia-cuda-cupti',
      version: cudaVersion,
      sha256: '8fa29f15dd8336181f961764d9d95236fc6b931dd0c8fcf8cd70aab0c310b586',
      members: sharedObjects
    }
  ],
  'linux-arm64': [
    { name: 'torch', version: torchVersion, sha256: '9e51cf9460c5441dcd2a4f31ece207e35ea7c3d2535be0f929cca4944e2eeb18', members: torchMembers },
    {
      name: 'nvidia-cuda-runtime',
      version: cudaVersion,
      sha256: '37844957894bfdecf90243568d21a2cb251b66106915b71459a23c8e6ef2da69',
      members: sharedObjects
    },
    {
      name: 'nvidia-cuda-cupti',
      version: cudaVersion,
      sha256: 'd9a5c133f73fcb9013f3ada0da6fb54d4117618d81f3f5a0419417ea6ee829d4',
      members: sharedObjects
    }
  ],
  'darwin-arm64': [
    { name: 'torch', version: torchVersion, sha256: '593e5fd0c204284890d1c3dff643be34e549e1d24523e13402510f960d4da438', members: torchMembers }
  ]
}

const cudaPin = (name: string, version: string, sha256: string): Pin => ({ name, version, sha256, members: sharedObjects })
const toolPin = (name: string, sha256: string): Pin => ({ name, version: cudaVersion, sha256, members: /^nvidia\// })

/** What CUDA needs on top: torch's CUDA part and the libraries that its metadata names. */
const cuda: Readonly<Record<string, readonly Pin[]>> = {
  'linux-x64': [
    { ...cpu['linux-x64']![0]!, members: /^torch\/lib\/lib(torch_cuda|torch_cuda_linalg|c10_cuda|torch_nvshmem)\.so$/ },
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
const toolchain: Readonly<Record<string, readonly Pin[]>> = {
  'linux-x64': [
    toolPin('nvidia-cuda-nvcc', '7d3f56c8d705bad35bbba69eb0470d90856fd5d4dc48c6a6173aaf1e9f887cf5'),
    { ...cpu['linux-x64']![1]!, members: /^nvidia\/.*\/(include\/|lib\/[^/]+\.a$)/ },
    toolPin('nvidia-nvvm', 'a9244f3209922d655612c11ebb4117ea1f80983cb2b215c9cccded127282cebc'),
    toolPin('nvidia-cuda-crt', 'e3ab08801bf9b1e6dc979275d25e816bb5000521b648e19c324d5eef0c79f1da'),
    toolPin('nvidia-cuda-cccl', '35da671cf0cecd3539da214a11bb8e7634366c9e950da9c5feecf6c490a65b20')
  ]
}

/** The platform whose wheels are taken, as in the tables above. */
export const platform = `${process.platform}-${process.arch}`

/** Sets of wheels by what they are for; `undefined` where this platform has none. */
export const pins = { cpu: cpu[platform], cuda: cuda[platform], toolchain: toolchain[platform] } as const

/** Names of the platforms whose wheels pip may take, newest first. */
export function wheelPlatforms(): readonly string[] {
  if (process.platform === 'darwin') return [14, 13, 12, 11].map(version => `macosx_${version}_0_arm64`)
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
  const glibc = Array.from({ length: 12 }, (_, i) => `manylinux_2_${28 - i}_${machine}`)
  return [...glibc, `manylinux2014_${machine}`]
}
