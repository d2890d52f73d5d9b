# node-gyp's door to the one true build (native/CMakeLists.txt through cmake-js). package.json has "gypfile": false, so
# no package manager runs this by itself.
{
  'targets': [
    {
      'target_name': 'deep_clustering',
      'type': 'none',
      'actions': [
        {
          'action_name': 'cmake_js',
          'message': 'Building the native addon of deep-clustering with cmake-js',
          'inputs': ['<!@(node -p "require(\'fs\').readdirSync(\'native\', { recursive: true, encoding: \'utf8\' }).filter(f => /[.](cpp|h|cuh?|txt|cmake)$/.test(f)).map(f => \'native/\' + f).join(\' \')")'],
          'outputs': ['build/Release/deep_clustering.node'],
          'action': ['node', 'dist/src/build/gyp.js'],
        },
      ],
    },
  ],
}
