import type { Migration } from '@guildhall/storage';

/** Folders of the drive, and how much of the disk each drive takes. A folder stays when its last file goes, as people know it. */
export const folders: Migration = {
  name: '0015_folders',
  statements: (kind) => {
    const folderOf = (path: string) =>
      kind === 'sqlite'
        ? `rtrim(rtrim(${path}, replace(${path}, '/', '')), '/')`
        : `regexp_replace(${path}, '/?[^/]*$', '')`;
    return [
      `create table drive_folders (
        office_id text not null, path text not null, parent text not null, created_at bigint not null,
        primary key (office_id, path))`,
      'create index drive_folders_in on drive_folders (office_id, parent, path)',
      "alter table drive_files add column folder text not null default ''",
      `update drive_files set folder = ${folderOf('name')}`,
      'create index drive_files_in on drive_files (office_id, folder, name) where deleted_at is null',
      'create index drive_files_deleted on drive_files (deleted_at) where deleted_at is not null',
      'create index drive_files_trash on drive_files (office_id, number) where deleted_at is not null',
      `insert into drive_folders (office_id, path, parent, created_at)
        with recursive above (office_id, path) as (
          select office_id, folder from drive_files where folder <> ''
          union
          select office_id, ${folderOf('path')} from above where ${folderOf('path')} <> '')
        select office_id, path, ${folderOf('path')}, 0 from above`,
      `create table drive_usage (office_id text primary key, stored_bytes bigint not null)`,
      `insert into drive_usage (office_id, stored_bytes)
        select f.office_id, sum(v.size_bytes) from drive_versions v join drive_files f on f.id = v.file_id group by f.office_id`,
    ];
  },
};
